package org.selectord.dnsupdate.dnsjava;

import java.util.Collection;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** How long a cache may say "no such name". */
final class NegativeTtl {
    private NegativeTtl() {}

    /** RFC 2308 section 5: the smaller of the SOA's own TTL and its minimum field. */
    static long of(SOARecord soa) {
        return Math.min(soa.getTTL(), soa.getMinimum());
    }

    /** The longest that any of these messages allows; empty if none tells. */
    static OptionalLong longest(Collection<Message> messages) {
        return messages.stream().flatMapToLong(NegativeTtl::in).max();
    }

    /** RFC 8198: from NSEC and NSEC3 a cache may make up denials for as long as it may keep those, which need not be the SOA's time. */
    private static LongStream in(Message message) {
        LongStream soas = LongStream.concat(
                message.getSection(Section.ANSWER).stream().flatMapToLong(NegativeTtl::ofSoa),
                message.getSection(Section.AUTHORITY).stream().flatMapToLong(NegativeTtl::ofSoa));
        LongStream denials = message.getSection(Section.AUTHORITY).stream()
                .filter(record -> record.getType() == Type.NSEC || record.getType() == Type.NSEC3)
                .mapToLong(Record::getTTL);
        return LongStream.concat(soas, denials);
    }

    private static LongStream ofSoa(Record record) {
        return record instanceof SOARecord soa ? LongStream.of(of(soa)) : LongStream.empty();
    }
}
