package org.selectord.dnsupdate.dnsjava;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The messages we send. */
final class Questions {
    private static final int ANY_TTL = 0;
    private static final int EDNS_SIZE = 1232;

    private Questions() {}

    /** Without recursion: from an authoritative server, not from its cache. */
    static Message query(OwnerName owner, int type) {
        return query(Wire.name(owner), type);
    }

    static Message query(Name owner, int type) {
        Message message = new Message();
        message.addRecord(Record.newRecord(owner, type, DClass.IN), Section.QUESTION);
        return message;
    }

    /** Also asks for the NSEC or NSEC3 records of a signed zone. */
    static Message withDnssec(Message query) {
        query.addRecord(new OPTRecord(EDNS_SIZE, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
        return query;
    }

    /** One compare-and-swap each, all or none (RFC 2136 section 3). */
    static Message update(OwnerName apex, List<Change> changes) {
        Message message = Message.newUpdate(Wire.name(apex));
        add(message, changes);
        return message;
    }

    /** More of the same, into the same message. */
    static void add(Message update, List<Change> changes) {
        changes.forEach(change -> addPrerequisites(update, change));
        changes.forEach(change -> addUpdates(update, change));
    }

    /** Makes an update depend on an RRset that it does not change. RFC 2136 2.4.2: TTL 0, and the whole set must be the same, octet by octet. */
    static void demand(Message update, TxtRRset standing) {
        Name owner = Wire.name(standing.owner());
        standing.records().forEach(record -> update.addRecord(Wire.txt(owner, DClass.IN, 0, record), Section.PREREQ));
    }

    /** An update that changes nothing and is answered NOERROR when no record of any type is at the name, else YXDOMAIN; wildcards do not count. */
    static Message nothingAt(OwnerName apex, OwnerName owner) {
        Message message = Message.newUpdate(Wire.name(apex));
        message.addRecord(absent(Wire.name(owner)), Section.PREREQ);
        return message;
    }

    /** The same, answered NOERROR when a record of any type is at the name, else NXDOMAIN. */
    static Message somethingAt(OwnerName apex, OwnerName owner) {
        Message message = Message.newUpdate(Wire.name(apex));
        // RFC 2136 2.4.4: name is in use
        message.addRecord(Record.newRecord(Wire.name(owner), Type.ANY, DClass.ANY, ANY_TTL), Section.PREREQ);
        return message;
    }

    /** Changes in the given order, cut so that each part fits into {@code room} octets; one that alone does not fit is a part of its own. */
    static <T> List<List<T>> cut(List<T> members, java.util.function.Function<T, Change> changeOf, int room) {
        List<List<T>> parts = new ArrayList<>();
        List<T> part = new ArrayList<>();
        int left = room;
        for (T member : members) {
            int length = length(changeOf.apply(member));
            if (length > left && !part.isEmpty()) {
                parts.add(List.copyOf(part));
                part.clear();
                left = room;
            }
            part.add(member);
            left -= length;
        }
        if (!part.isEmpty()) {
            parts.add(List.copyOf(part));
        }
        return parts;
    }

    /** A name nobody has, beside {@code owner}'s children: 20 random letters are 100 bits. */
    static OwnerName randomChild(OwnerName parent, SecureRandom random) {
        StringBuilder label = new StringBuilder("selectord-");
        random.ints(20, 0, 32).forEach(i -> label.append("abcdefghijklmnopqrstuvwxyz234567".charAt(i)));
        return parent.child(label.toString());
    }

    private static void addPrerequisites(Message message, Change change) {
        if (change.before().isPresent()) {
            demand(message, change.before().get());
        } else {
            message.addRecord(absent(Wire.name(change.owner())), Section.PREREQ);
        }
    }

    private static void addUpdates(Message message, Change change) {
        Name owner = Wire.name(change.owner());
        // RFC 2136 2.5.4: delete an RR from an RRset: class NONE, TTL 0, by value; never the whole RRset, never the
        // whole name
        records(change.before())
                .forEach(record -> message.addRecord(Wire.txt(owner, DClass.NONE, 0, record), Section.UPDATE));
        change.after()
                .ifPresent(set -> set.records()
                        .forEach(record -> message.addRecord(
                                Wire.txt(owner, DClass.IN, set.ttlSeconds(), record), Section.UPDATE)));
    }

    /** RFC 2136 2.4.5: name is not in use. Type ANY, so that a CNAME or a stray record stops us instead of being skipped in silence. */
    private static Record absent(Name owner) {
        return Record.newRecord(owner, Type.ANY, DClass.NONE, ANY_TTL);
    }

    /** Without name compression, so at least what it really takes. */
    static int length(Change change) {
        int perRecord = Wire.length(change.owner()) + 10;
        int prerequisite = change.before().isEmpty() ? perRecord : 0;
        int twice = records(change.before()).stream()
                .mapToInt(record -> 2 * (perRecord + Wire.rdataLength(record)))
                .sum();
        int once = records(change.after()).stream()
                .mapToInt(record -> perRecord + Wire.rdataLength(record))
                .sum();
        return prerequisite + twice + once;
    }

    private static List<TxtRecord> records(Optional<TxtRRset> set) {
        return set.map(TxtRRset::records).orElse(List.of());
    }
}
