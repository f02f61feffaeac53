package org.selectord.admin.api;

import java.time.Instant;

/** Where the domain's key records live, and how long caches may remember that one of them is not there. */
public record ZoneEvidence(String apex, long negativeTtlSeconds, Instant locatedAt) {}
