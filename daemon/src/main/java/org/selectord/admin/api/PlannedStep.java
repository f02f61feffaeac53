package org.selectord.admin.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One thing that will be done.
 *
 * @param step what, in one word: a verb of the manual
 * @param target where: a zone, a signer or the keystore
 * @param because why it is due then, or what it waits for
 */
public record PlannedStep(String step, Optional<String> selector, String target, Instant due, List<String> because) {}
