package org.selectord.daemon;

import java.lang.reflect.Proxy;

/**
 * Hears POSIX signals. The platform has only {@code sun.misc.Signal} for that, which is to stay (JEP 260, module jdk.unsupported); javac warns of
 * every use, and warnings are errors here, so it is reached by reflection.
 */
final class Signals {
    private Signals() {}

    /** Runs {@code action} on a thread of its own whenever the signal comes, instead of what the JVM would do. */
    static void on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object ours = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        action.run();
                        return proxy;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), ours);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this Java platform cannot hear SIG" + name, e);
        }
    }
}
