package org.selectord.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.selectord.admin.api.Json;
import org.selectord.admin.api.Problem;

/** What Jetty itself refuses (no HTTP, too long headers) is answered with a problem document too, and not with a page that names its version. */
final class JettyProblems extends ErrorHandler {
    @Override
    public boolean errorPageForMethod(String method) {
        return true;
    }

    @Override
    protected void generateResponse(
            Request request,
            Response response,
            int code,
            @Nullable String message,
            @Nullable Throwable cause,
            Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.MEDIA_TYPE);
        response.write(true, document(code, message), callback);
    }

    private static ByteBuffer document(int status, @Nullable String message) {
        String cameBack = Optional.ofNullable(message).orElse("it is no HTTP request that can be answered");
        Problem problem = ProblemException.ofServer(status, cameBack).problem();
        return ByteBuffer.wrap(Json.write(problem).getBytes(UTF_8));
    }
}
