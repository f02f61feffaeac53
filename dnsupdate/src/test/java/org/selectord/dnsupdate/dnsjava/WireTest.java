package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class WireTest {
    @ParameterizedTest
    @ValueSource(strings = {"v=DKIM1; k=rsa; p=abc", "a\\;b", "\"quoted\"", "\\065", "tab\tand\nline", "", "ÿþ\u0000"})
    void everyOctetOfAStringGoesOutAndComesBackAsItIs(String text) throws IOException {
        TxtRRset set = Given.txt("s1._domainkey.example.org", text, "");
        Message update = Wire.decode(Wire.encode(Questions.update(Given.APEX, List.of(Change.publish(set)))));
        assertThat(Wire.txtRRset(set.owner(), update, Section.UPDATE)).contains(set);
    }

    @Test
    void randomStringsKeepTheirSplit() throws IOException {
        Random random = new Random(20261121);
        for (int i = 0; i < 500; i++) {
            List<String> strings = random.ints(1 + random.nextInt(4), 0, 256)
                    .mapToObj(length -> new String(octets(random, length), StandardCharsets.ISO_8859_1))
                    .toList();
            TxtRRset set = new TxtRRset(Given.APEX, 60, List.of(new TxtRecord(strings)));
            Message update = Wire.decode(Wire.encode(Questions.update(Given.APEX, List.of(Change.publish(set)))));
            assertThat(Wire.txtRRset(set.owner(), update, Section.UPDATE)).contains(set);
        }
    }

    private static byte[] octets(Random random, int length) {
        byte[] octets = new byte[length];
        random.nextBytes(octets);
        return octets;
    }

    @Test
    void anUpdateThatDoesNotFitIsRefusedAndNeverCutShort() {
        Message update = Questions.update(Given.APEX, publishes(300));
        assertThatExceptionOfType(Wire.TooLongException.class).isThrownBy(() -> Wire.encode(update));
        assertThat(update.toWire(Wire.MAX_LENGTH)[2] & 0x02)
                .as("the codec does cut it short if it is let to: TC=1")
                .isNotZero();
    }

    @Test
    void changesAreCutSoThatEachMessageFitsWithItsSignature() throws IOException {
        Tsig tsig = new Tsig(Given.KEY, Given.settings(ScriptedPeer.NOBODY).fudge(), java.time.Clock.systemUTC());
        List<Change> changes = publishes(300);
        int room = roomFor(tsig);
        List<List<Change>> parts = Questions.cut(changes, change -> change, room);
        assertThat(parts.stream().flatMap(List::stream).toList()).isEqualTo(changes);
        assertThat(parts).hasSize(3);
        for (List<Change> part : parts) {
            byte[] octets = tsig.sign(Questions.update(Given.APEX, part)).octets();
            assertThat(octets.length).isLessThanOrEqualTo(Wire.MAX_LENGTH);
            Message sent = Wire.decode(octets);
            assertThat(sent.getHeader().getFlag(Flags.TC)).isFalse();
            assertThat(sent.getSection(Section.UPDATE)).hasSize(part.size());
            assertThat(sent.getSection(Section.PREREQ)).hasSize(part.size());
        }
    }

    private static int roomFor(Tsig tsig) {
        return Wire.MAX_LENGTH - 12 - Wire.name(Given.APEX).length() - 4 - tsig.length();
    }

    private static List<Change> publishes(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Change.publish(Given.rsa2048("selector" + i + "._domainkey.example.org")))
                .toList();
    }

    @Test
    void publishingAsksForNothingOfAnyTypeAtTheName() {
        Message update = Questions.update(Given.APEX, List.of(Change.publish(Given.txt("s1.example.org", "x"))));
        Record prerequisite = update.getSection(Section.PREREQ).get(0);
        assertThat(prerequisite.getType()).isEqualTo(Type.ANY);
        assertThat(prerequisite.getDClass()).isEqualTo(DClass.NONE);
        assertThat(update.getSection(Section.UPDATE)).singleElement().satisfies(added -> {
            assertThat(added.getTTL()).isEqualTo(3600);
            assertThat(added.getDClass()).isEqualTo(DClass.IN);
        });
    }

    @Test
    void withdrawingAsksForExactlyThisSetAndDeletesItByValue() {
        TxtRRset set = Given.txt("s1.example.org", "one", "two");
        Message update = Questions.update(Given.APEX, List.of(Change.withdraw(set)));
        Record prerequisite = update.getSection(Section.PREREQ).get(0);
        Record deleted = update.getSection(Section.UPDATE).get(0);
        assertThat(prerequisite.getDClass()).isEqualTo(DClass.IN);
        assertThat(prerequisite.getTTL()).as("RFC 2136 2.4.2: else FORMERR").isZero();
        assertThat(deleted.getDClass()).isEqualTo(DClass.NONE);
        assertThat(deleted.getType()).isEqualTo(Type.TXT);
        assertThat(deleted.getTTL()).isZero();
        assertThat(deleted.rdataToWireCanonical())
                .isEqualTo(prerequisite.rdataToWireCanonical())
                .isEqualTo("\3one\3two".getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void replacingDeletesAndAddsInOneMessage() {
        TxtRRset before = Given.txt("s1.example.org", "v=DKIM1; p=abc");
        TxtRRset after = Given.txt("s1.example.org", "v=DKIM1; p=");
        Change change = new Change(before.owner(), java.util.Optional.of(before), java.util.Optional.of(after));
        Message update = Questions.update(Given.APEX, List.of(change));
        assertThat(update.getSection(Section.PREREQ)).hasSize(1);
        assertThat(update.getSection(Section.UPDATE))
                .extracting(Record::getDClass)
                .containsExactly(DClass.NONE, DClass.IN);
    }

    @Test
    void questionsDoNotAskForRecursion() {
        assertThat(Questions.query(Given.APEX, Type.TXT).getHeader().getFlag(Flags.RD))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 11, 12, 40, 600})
    void garbageIsAnIoExceptionAndNothingElse(int length) {
        Random random = new Random(length);
        for (int i = 0; i < 200; i++) {
            try {
                Wire.decode(octets(random, length));
            } catch (IOException e) {
                assertThat(e).isNotNull();
            }
        }
    }
}
