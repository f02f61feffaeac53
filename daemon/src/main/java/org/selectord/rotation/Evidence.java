package org.selectord.rotation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;

/** Facts for the history, a sentence each: what was seen, by whom it was answered, and which numbers it came with. Pure. */
final class Evidence {
    private Evidence() {}

    /** What an outcome that is a finding has shown; the others say in words of their own why there is none. */
    static List<String> of(Outcome outcome) {
        return outcome instanceof Outcome.Done done ? of(done.finding()) : List.of();
    }

    private static List<String> of(Finding finding) {
        if (finding instanceof Finding.OnPrimary seen) {
            return List.of("the primary serves "
                    + seen.found().map(Evidence::served).orElse("no TXT there")
                    + (seen.unanswered() ? "; an attempt got no verified reply" : ""));
        } else if (finding instanceof Finding.OnServers seen) {
            return Stream.concat(seen.seen().servers().stream().map(Evidence::answered), seen.seen().problem().stream())
                    .toList();
        } else if (finding instanceof Finding.OnAliases seen) {
            return Stream.concat(
                            seen.seen().answers().entrySet().stream()
                                    .flatMap(alias -> alias.getValue().stream()
                                            .map(answer -> alias.getKey().owner() + " at " + answer.server() + ": "
                                                    + answer.cameBack()))
                                    .sorted(),
                            seen.seen().problem().stream())
                    .toList();
        } else if (finding instanceof Finding.InUse seen) {
            return List.of(seen.signer() + " signs with " + selectors(seen) + ", "
                    + seen.proof().kind() + ": " + seen.proof().evidence());
        }
        return List.of();
    }

    private static String selectors(Finding.InUse seen) {
        return seen.seen().stream().map(Object::toString).sorted().toList().toString();
    }

    private static String served(TxtRRset found) {
        return found.records().stream().map(TxtRecord::joined).toList() + ", TTL " + found.ttlSeconds() + " s";
    }

    private static String answered(ServerAnswer answer) {
        StringBuilder text = new StringBuilder(answer.server() + ": " + answer.cameBack());
        answer.found()
                .ifPresent(found ->
                        text.append(", TTL ").append(found.ttlSeconds()).append(" s"));
        answer.serial().ifPresent(serial -> text.append(", serial ").append(serial));
        answer.negativeTtlSeconds()
                .ifPresent(seconds ->
                        text.append(", negative TTL ").append(seconds).append(" s"));
        return text.toString();
    }

    /** What the record of a key says for the state it has reached. */
    static List<String> of(ManagedDomain domain, ManagedKey key) {
        return switch (key.state()) {
            case READY -> propagation(domain, domain.shown(key));
            case ACTIVE, RETIRED -> uses(key);
            case GENERATED, PUBLISHED, REVOKED, REMOVED -> List.of();
        };
    }

    private static List<String> propagation(ManagedDomain domain, Propagated propagated) {
        List<String> facts = new ArrayList<>();
        propagated.servers().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(server -> facts.add(server.getKey() + ": exact "
                        + server.getValue().streak() + " times, proven since "
                        + server.getValue().provenAt().map(Instant::toString).orElse("never")));
        propagated.ttl().ifPresent(mark -> facts.add("highest TTL served: " + mark.seconds() + " s"));
        domain.zone()
                .ifPresent(zone -> facts.add(
                        "highest negative TTL: " + DueTimes.negativeTtl(domain).toSeconds() + " s"));
        domain.zones().stream()
                .flatMap(zone -> zone.cut().stream())
                .forEach(cut -> facts.add("the parent zone's negative TTL: " + cut.parentNegativeTtlSeconds()
                        + " s, zone cut first seen at " + cut.firstSeenAt()));
        return facts;
    }

    private static List<String> uses(ManagedKey key) {
        return key.uses().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(use -> use.getKey() + ": " + use.getValue().kind() + " since "
                        + use.getValue().sinceAt() + ", seen at "
                        + use.getValue().seenAt())
                .toList();
    }
}
