package org.selectord.admin.api;

import java.util.List;

/**
 * How the daemon is.
 *
 * @param status ok, or ready
 * @param checks the names of those that passed
 */
public record Health(String status, List<String> checks) {}
