package org.selectord.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an operator reads in the journal: the lines that the shipped logback.xml makes. */
class LogLinesTest {
    private final LoggerContext context = new LoggerContext();

    @BeforeEach
    void readTheShippedConfiguration() throws JoranException {
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(LogLinesTest.class.getResource("/logback.xml"));
    }

    @Test
    void aLineSaysWhenHowBadWhoAndWhat() {
        assertThat(line("listening on 127.0.0.1:8953", Map.of(), null))
                .matches("2026-11-21T[0-9:.]{12}(Z|[+-][0-9:]+) INFO  \\[main] Daemon: listening on 127.0.0.1:8953\n");
    }

    @Test
    void aLineAboutARotationNamesDomainSelectorAndStep() {
        Map<String, String> rotation = Map.of("domain", "example.org", "selector", "s1", "step", "PUBLISH");
        assertThat(line("done", rotation, null))
                .endsWith(" domain=example.org selector=s1 step=PUBLISH Daemon: done\n");
        assertThat(line("done", Map.of("domain", "example.org"), null)).endsWith("] domain=example.org Daemon: done\n");
    }

    @Test
    void nothingThatIsToldBreaksALine() {
        Throwable thrown = new IllegalStateException("one\ntwo", new IllegalArgumentException("three"));
        String line = line("it said \"a\r\nb\"", Map.of("domain", "x\ny"), thrown);
        assertThat(line.strip().lines()).hasSize(1);
        assertThat(line)
                .contains(
                        "domain=x | y ",
                        "it said \"a | b\"",
                        "IllegalStateException: one | two",
                        "at org.selectord.daemon.LogLinesTest",
                        "Caused by: java.lang.IllegalArgumentException: three");
    }

    @Test
    void librariesAreHeardFromWarningsOn() {
        assertThat(context.getLogger("org.eclipse.jetty").isInfoEnabled()).isFalse();
        assertThat(context.getLogger("org.selectord.daemon").isInfoEnabled()).isTrue();
        assertThat(context.getLogger("org.selectord.daemon").isDebugEnabled()).isFalse();
    }

    private String line(String message, Map<String, String> mdc, @Nullable Throwable thrown) {
        LoggingEvent event = new LoggingEvent();
        event.setLoggerContext(context);
        event.setLoggerName("org.selectord.daemon.Daemon");
        event.setLevel(Level.INFO);
        event.setThreadName("main");
        event.setInstant(Instant.parse("2026-11-21T12:00:00Z"));
        event.setMessage(message);
        event.setMDCPropertyMap(mdc);
        if (thrown != null) {
            event.setThrowableProxy(new ThrowableProxy(thrown));
        }
        Appender<ILoggingEvent> appender =
                context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("STDERR");
        return new String(
                ((ConsoleAppender<ILoggingEvent>) appender).getEncoder().encode(event), UTF_8);
    }
}
