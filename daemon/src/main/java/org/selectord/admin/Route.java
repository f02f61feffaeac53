package org.selectord.admin;

import io.javalin.http.Handler;
import io.javalin.http.HandlerType;

/** One line of the route table; {@code openapi.yaml} documents each. */
record Route(HandlerType method, String path, Access access, Handler handler) {
    static Route get(String path, Access access, Handler handler) {
        return new Route(HandlerType.GET, path, access, handler);
    }

    static Route post(String path, Access access, Handler handler) {
        return new Route(HandlerType.POST, path, access, handler);
    }

    boolean hasNoParameter() {
        return !path.contains("{");
    }
}
