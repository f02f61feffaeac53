package org.selectord.admin;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Something that must be true before the daemon is called ready.
 *
 * @param name one word or two, for people and programs
 * @param problem why it is not true now; empty when it is. Asked at every look at readiness, so it is cheap.
 */
public record ReadinessCheck(String name, Supplier<Optional<String>> problem) {}
