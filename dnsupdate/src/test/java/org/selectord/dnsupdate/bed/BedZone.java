package org.selectord.dnsupdate.bed;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A zone of a bed, as data.
 *
 * @param apex with its trailing dot
 * @param signingDomains those whose {@code _domainkey} selectord may write
 * @param negativeTtlSeconds TTL and minimum of the SOA
 * @param records lines of a zone file beside SOA and NS
 * @param options lines for its clause in named.conf
 * @param rights the whole clause of named.conf that says who may update it, in place of the least privilege
 * @param notified whether secondaries learn of changes at once; else not while a test runs
 */
public record BedZone(
        String apex,
        List<String> signingDomains,
        int negativeTtlSeconds,
        List<String> records,
        List<String> options,
        Optional<String> rights,
        boolean notified) {
    public BedZone {
        signingDomains = List.copyOf(signingDomains);
        records = List.copyOf(records);
        options = List.copyOf(options);
    }

    /** A zone whose apex is the one signing domain in it. */
    public static BedZone of(String apex) {
        return new BedZone(apex, List.of(apex), 2, List.of(), List.of(), Optional.empty(), true);
    }

    public BedZone with(String... moreRecords) {
        return new BedZone(
                apex, signingDomains, negativeTtlSeconds, join(records, moreRecords), options, rights, notified);
    }

    public BedZone option(String... moreOptions) {
        return new BedZone(
                apex, signingDomains, negativeTtlSeconds, records, join(options, moreOptions), rights, notified);
    }

    public BedZone signing(String... domains) {
        return new BedZone(apex, List.of(domains), negativeTtlSeconds, records, options, rights, notified);
    }

    public BedZone negativeTtl(int seconds) {
        return new BedZone(apex, signingDomains, seconds, records, options, rights, notified);
    }

    /** Such as {@code allow-update { key selectord; };}. */
    public BedZone rights(String clause) {
        return new BedZone(apex, signingDomains, negativeTtlSeconds, records, options, Optional.of(clause), notified);
    }

    /** Its secondaries keep what they had at the start. */
    public BedZone unnotified() {
        return new BedZone(apex, signingDomains, negativeTtlSeconds, records, options, rights, false);
    }

    private static List<String> join(List<String> some, String... more) {
        List<String> all = new ArrayList<>(some);
        all.addAll(List.of(more));
        return all;
    }

    String file(int servers) {
        StringBuilder text = new StringBuilder("$ORIGIN " + apex + "\n$TTL 60\n");
        // refresh and retry so short that a secondary that was stopped catches up while a test waits
        int refreshSeconds = notified ? 2 : 3600;
        text.append("@ " + negativeTtlSeconds + " IN SOA ns1 hostmaster 1 " + refreshSeconds + " 1 7200 "
                + negativeTtlSeconds + "\n");
        for (int i = 1; i <= servers; i++) {
            text.append("@ IN NS ns" + i + "\nns" + i + " IN A 127.0.0.1\n");
        }
        records.forEach(record -> text.append(record).append('\n'));
        return text.toString();
    }

    /** The least privilege that selectord's manual asks for, and a key that may do anything for the test itself. */
    String updatePolicy(String key, String adminKey) {
        return rights.orElseGet(() -> leastPrivilege(key, adminKey));
    }

    private String leastPrivilege(String key, String adminKey) {
        StringBuilder text = new StringBuilder("update-policy {");
        for (String domain : signingDomains) {
            text.append(" deny " + key + " name *._domainkey." + domain + " ANY;");
            text.append(" grant " + key + " wildcard *._domainkey." + domain + " TXT;");
        }
        // the line for the records of a domain covers a fence beside them
        if (signingDomains.stream().noneMatch(domain -> fenceOwner().equals("_selectord._domainkey." + domain))) {
            text.append(" grant " + key + " name " + fenceOwner() + " TXT;");
        }
        return text.append(" grant " + adminKey + " zonesub ANY; };").toString();
    }

    private String fenceOwner() {
        return (apex.startsWith("_domainkey.") ? "_selectord." : "_selectord._domainkey.") + apex;
    }
}
