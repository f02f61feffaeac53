package org.selectord.signer.opendkim;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** How OpenDKIM is made to read its tables again, or is restarted. */
public sealed interface Trigger {
    /** A command and its arguments, run without a shell; exit status 0 is success. */
    record Command(List<String> argv) implements Trigger {
        public Command {
            argv = List.copyOf(argv);
            if (argv.isEmpty()) {
                throw new IllegalArgumentException("a command needs at least the program's name");
            }
        }

        @Override
        public String toString() {
            return String.join(" ", argv);
        }
    }

    /**
     * A signal to the process that a pid file names.
     *
     * @param name without SIG: {@code USR1}
     */
    record Signal(String name, Path pidFile) implements Trigger {
        private static final Pattern NAME = Pattern.compile("[A-Z][A-Z0-9]{1,9}");

        public Signal {
            if (!NAME.matcher(name).matches() || name.startsWith("SIG")) {
                throw new IllegalArgumentException(
                        "\"" + name + "\" is no signal: write USR1, HUP or TERM, without SIG");
            }
        }

        @Override
        public String toString() {
            return "signal " + name + " to the process in " + pidFile;
        }
    }
}
