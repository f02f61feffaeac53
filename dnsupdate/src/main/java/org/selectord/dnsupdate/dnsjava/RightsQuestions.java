package org.selectord.dnsupdate.dnsjava;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.List;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TxtRecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Updates that ask for a right and change nothing, for three reasons: their prerequisites contradict each other, so they hold in no zone; what
 * they add they delete again; what they only delete has a value that nobody has. So a server that ignored prerequisites would still keep its
 * records.
 */
final class RightsQuestions {
    private static final String NOBODY_HAS = "selectord asks for its rights";

    private final OwnerName apex;
    private final OwnerName nobody;
    private final TxtRecord text;

    RightsQuestions(OwnerName apex, SecureRandom random) {
        this.apex = apex;
        this.nobody = Questions.randomChild(apex, random);
        this.text = new TxtRecord(List.of(NOBODY_HAS, nobody.name()));
    }

    /** Whether TXT records at all these names may be added and deleted. */
    Message mayWriteTxt(List<OwnerName> owners) {
        Message message = unsatisfiable();
        for (OwnerName owner : owners) {
            Name name = Wire.name(owner);
            message.addRecord(Wire.txt(name, DClass.IN, 0, text), Section.UPDATE);
            message.addRecord(Wire.txt(name, DClass.NONE, 0, text), Section.UPDATE);
        }
        return message;
    }

    /** Whether a record of this type may be deleted there. */
    Message mayDelete(OwnerName owner, int type) {
        Message message = unsatisfiable();
        message.addRecord(deletion(Wire.name(owner), type), Section.UPDATE);
        return message;
    }

    /** An update of a name outside the zone, which a server refuses as soon as it looks at it, whoever asks (RFC 2136 section 3.4.1.3). */
    Message outsideTheZone() {
        Message message = unsatisfiable();
        message.addRecord(deletion(Wire.name(outside()), Type.TXT), Section.UPDATE);
        return message;
    }

    /** Beside the apex, or below a top-level domain that does not exist (RFC 6761 section 6.4) where there is no beside. */
    private OwnerName outside() {
        OwnerName elsewhere = OwnerName.of("selectord.invalid");
        return elsewhere.isIn(apex) ? OwnerName.of("selectord.test") : elsewhere;
    }

    /** RFC 2136 2.4.4 and 2.4.5: the same name is in use, and is not. */
    private Message unsatisfiable() {
        Message message = Message.newUpdate(Wire.name(apex));
        message.addRecord(Record.newRecord(Wire.name(nobody), Type.ANY, DClass.ANY, 0), Section.PREREQ);
        message.addRecord(Record.newRecord(Wire.name(nobody), Type.ANY, DClass.NONE, 0), Section.PREREQ);
        return message;
    }

    /** RFC 2136 2.5.4: delete an RR from an RRset, by value. */
    private Record deletion(Name owner, int type) {
        Name target = Wire.name(nobody);
        return switch (type) {
            case Type.TXT -> Wire.txt(owner, DClass.NONE, 0, text);
            case Type.A -> new ARecord(owner, DClass.NONE, 0, reserved());
            case Type.CNAME -> new CNAMERecord(owner, DClass.NONE, 0, target);
            case Type.NS -> new NSRecord(owner, DClass.NONE, 0, target);
            case Type.SOA -> new SOARecord(owner, DClass.NONE, 0, target, target, 0, 0, 0, 0, 0);
            default -> throw new IllegalArgumentException("nobody asks for " + Type.string(type));
        };
    }

    /** RFC 1112 section 4: an address that is nobody's. */
    private static InetAddress reserved() {
        try {
            return InetAddress.getByAddress(new byte[] {(byte) 240, 0, 0, 53});
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four octets are an address", e);
        }
    }
}
