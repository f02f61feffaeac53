package org.selectord.admin.api;

import java.util.List;
import java.util.Optional;

/**
 * An error as RFC 9457 writes it ({@code application/problem+json}).
 *
 * @param type names the kind of problem
 * @param title the kind in words
 * @param status the HTTP status
 * @param detail what was asked, and what came of it
 * @param hint what to do
 * @param problems each of several, where there are several
 */
public record Problem(
        String type, String title, int status, String detail, Optional<String> hint, List<String> problems) {
    public static final String MEDIA_TYPE = "application/problem+json";

    public Problem {
        problems = List.copyOf(problems);
    }
}
