package org.selectord.admin.api;

import java.time.Instant;
import java.util.Optional;

/**
 * Somebody else may hold the private half, by a person's word.
 *
 * @param order that said so
 * @param exposureEnds when caches have forgotten the record, so that nobody can have forged mail verified with it; absent until every server
 *     shows it revoked
 */
public record KeyCompromise(long order, Instant declaredAt, Optional<Instant> exposureEnds) {}
