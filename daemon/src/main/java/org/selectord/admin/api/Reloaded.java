package org.selectord.admin.api;

/** The configuration and the tokens were read again and hold now. */
public record Reloaded(boolean reloaded) {}
