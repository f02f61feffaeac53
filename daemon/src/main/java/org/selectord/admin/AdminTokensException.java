package org.selectord.admin;

import java.util.List;

/** The tokens file cannot be used; nothing of it was taken. A person has to mend it. */
public final class AdminTokensException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    AdminTokensException(List<String> problems) {
        super(String.join("; ", problems));
        this.problems = List.copyOf(problems);
    }

    /** Every problem, each with its line. */
    public List<String> problems() {
        return problems;
    }
}
