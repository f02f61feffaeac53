package org.selectord.admin.api;

/**
 * An alias that a customer's zone does not have yet, or no more.
 *
 * @param record the line that the customer adds to the zone, as in a zone file
 * @param cameBack which server answered what instead
 */
public record MissingAlias(String record, String cameBack) {}
