package org.selectord.admin.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a person asked, and what became of it.
 *
 * @param kind ROTATE_NOW, COMPROMISED, ROLL_BACK, ADOPT, REMOVE_DOMAIN, PAUSE, RESUME, RETRY or WAIVE
 * @param detail what else it said, by name
 * @param state OPEN or CLOSED
 * @param result of a closed one: DONE, FAILED or SUPERSEDED
 * @param why it was closed so
 * @param reached the states that keys of the domain reached since it was placed, until it was closed, and are in or came through
 * @param progress of an open one: what each chain is at
 * @param halts of an open one: the chains that cannot go on without a person
 */
public record OrderStatus(
        long number,
        String domain,
        String kind,
        Map<String, String> detail,
        String state,
        String askedBy,
        Instant askedAt,
        Optional<String> result,
        Optional<Instant> closedAt,
        Optional<String> why,
        List<KeyMilestone> reached,
        List<ChainProgress> progress,
        List<DomainHalt> halts) {}
