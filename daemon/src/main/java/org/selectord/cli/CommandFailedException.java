package org.selectord.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.selectord.admin.api.Problem;

/** The command did not do what was asked; the lines say what was tried, what came back and what to do. */
final class CommandFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> lines;
    private final transient Optional<String> raw;
    private final boolean mayPass;
    private final boolean tooMany;

    private CommandFailedException(List<String> lines, Optional<String> raw, boolean mayPass, boolean tooMany) {
        super(String.join("; ", lines), null, false, false);
        this.lines = List.copyOf(lines);
        this.raw = raw;
        this.mayPass = mayPass;
        this.tooMany = tooMany;
    }

    static CommandFailedException because(String... lines) {
        return new CommandFailedException(List.of(lines), Optional.empty(), false, false);
    }

    /** Nobody answered. */
    static CommandFailedException noAnswer(String method, String url, String cameBack) {
        List<String> lines = List.of(
                "selectorctl: " + method + " " + url + ": " + cameBack,
                "  Does the daemon run, and does its admin.listen say the same? `systemctl status selectord` and"
                        + " `journalctl -u selectord` tell.");
        return new CommandFailedException(lines, Optional.empty(), true, false);
    }

    /** The daemon answered with a problem document. */
    static CommandFailedException refused(Problem problem, String raw) {
        List<String> lines = new ArrayList<>();
        lines.add("selectorctl: " + problem.title() + " (" + problem.status() + "): " + problem.detail());
        problem.problems().forEach(each -> lines.add("  " + each));
        problem.hint().ifPresent(hint -> lines.add("  " + hint));
        boolean tooMany = problem.status() == 429;
        return new CommandFailedException(lines, Optional.of(raw), tooMany || problem.status() == 503, tooMany);
    }

    List<String> lines() {
        return lines;
    }

    /** What the daemon answered, as it came. */
    Optional<String> raw() {
        return raw;
    }

    boolean isTooMany() {
        return tooMany;
    }

    /** Whether the same request may be answered a little later. */
    boolean mayPass() {
        return mayPass;
    }
}
