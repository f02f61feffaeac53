package org.selectord.cli;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Stack;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.TypeConversionException;

/**
 * How long {@code --wait} waits.
 *
 * @param atMost empty: without end
 */
record Patience(Optional<Duration> atMost) {
    static final String WITHOUT_END = "without-end";

    /** What was written behind {@code --wait=}. */
    static final class Converter implements ITypeConverter<Patience> {
        @Override
        public Patience convert(String written) {
            try {
                return new Patience(written.equals(WITHOUT_END) ? Optional.empty() : Optional.of(Spans.parse(written)));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** Only {@code --wait=5m} has a length of time; in {@code --wait example.org} the next word is a domain. */
    static final class OnlyAttached implements IParameterPreprocessor {
        @Override
        @SuppressWarnings("JdkObsolete") // the signature is picocli's
        public boolean preprocess(Stack<String> args, CommandSpec command, ArgSpec option, Map<String, Object> info) {
            if (" ".equals(info.get("separator"))) {
                args.push(WITHOUT_END);
            }
            return false; // picocli goes on with what is on the stack now
        }
    }
}
