package org.selectord.admin.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is known about one key.
 *
 * @param privateHalf HELD, FOREIGN or DESTROYED
 * @param warning why it should not go on signing
 * @param lastSignature the last moment anything can have been signed with it; absent while a signer may still sign
 * @param mayLandUntil until then an unanswered update about it may still be applied
 * @param everywhereAt since when every authoritative server has been proven to have it
 * @param serversProblem why it is not known which servers must have it
 */
public record KeyEvidence(
        int number,
        String selector,
        String algorithm,
        String state,
        Instant since,
        String ownerName,
        String fingerprint,
        String privateHalf,
        Optional<String> warning,
        Optional<KeyCompromise> compromise,
        Optional<Instant> lastSignature,
        Optional<Instant> mayLandUntil,
        Optional<Instant> everywhereAt,
        Optional<String> serversProblem,
        List<ServerEvidence> servers,
        Optional<PrimaryEvidence> primary,
        List<SignerEvidence> signers) {}
