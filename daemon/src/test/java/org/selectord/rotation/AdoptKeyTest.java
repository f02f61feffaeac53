package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.ZoneUpdater;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyRecord;
import org.selectord.key.PublicHalf;
import org.selectord.key.SigningDomain;

/** What stands at a selector becomes a key of the domain exactly as found, or a person is told why not. */
class AdoptKeyTest {
    private static final OwnerName OWNER = OwnerName.of("old._domainkey.example.org.");
    private static final PublicHalf HALF =
            PublicHalf.rsa(BigInteger.ONE.shiftLeft(2047).setBit(0), BigInteger.valueOf(65_537));

    private final Map<KeyFingerprint, SigningDomain> had = new HashMap<>();

    private static TxtRRset standing(String... texts) {
        return new TxtRRset(
                OWNER,
                7200,
                List.of(texts).stream()
                        .map(text -> new TxtRecord(List.of(text)))
                        .toList());
    }

    private static TxtRRset sound() {
        return new TxtRRset(
                OWNER, 7200, List.of(new TxtRecord(KeyRecord.of(HALF).strings())));
    }

    private static Story asked(Story story, Map<String, String> more) {
        Map<String, String> said = new HashMap<>(more);
        said.put("selector", "old");
        return story.sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.empty()))
                .orders(Order.Kind.ADOPT, said);
    }

    private static ZoneUpdater answering(PrimaryAnswer answer) {
        return new ZoneUpdater() {
            @Override
            public List<UpdateResult> apply(Zone zone, Optional<Fence> fence, List<Change> changes) {
                throw new AssertionError("an adoption changes nothing");
            }

            @Override
            public List<PrimaryAnswer> read(Zone zone, List<OwnerName> owners) {
                assertThat(owners).containsOnly(OWNER);
                return Collections.nCopies(owners.size(), answer);
            }
        };
    }

    private Outcome outcome(Story story, PrimaryAnswer answer) {
        Task task = new Task(story.domain(), story.settings, story.next(Verb.ADOPT));
        return new AdoptKey(answering(answer), key -> Optional.ofNullable(had.get(key)))
                .perform(List.of(task))
                .get(0);
    }

    private Outcome found(Story story, TxtRRset found) {
        return outcome(story, new PrimaryAnswer(PrimaryAnswer.Kind.TXT, Optional.of(found), "TXT"));
    }

    private static ManagedKey adopted(Outcome outcome) {
        return ((Finding.Adopted) ((Outcome.Done) outcome).finding()).adopted();
    }

    private static String refusal(Outcome outcome) {
        return ((Finding.NotAdopted) ((Outcome.Done) outcome).finding()).why();
    }

    @Test
    void aKeyThatSignsEntersAsActiveWithItsRecordVerbatimAndItsSignersYetToBeSeen() {
        Story story = asked(new Story(), Map.of());
        ManagedKey key = adopted(found(story, sound()));

        assertThat(key.id()).isEqualTo(Story.id(1));
        assertThat(key.state()).isEqualTo(KeyState.ACTIVE);
        assertThat(key.since()).isEqualTo(story.now());
        assertThat(key.record()).isEqualTo(sound());
        assertThat(key.fingerprint()).isEqualTo(HALF.fingerprint());
        assertThat(key.custody()).isEqualTo(Custody.FOREIGN);
        assertThat(key.useAt(Story.SIGNER).map(Use::kind)).contains(Use.Kind.MAYBE);
        assertThat(key.lastSignatureAt()).isEmpty();
    }

    @Test
    void oneThatIsSaidToHaveStoppedEntersAsRetiredWithItsLastSignatureByThatWord() {
        Instant last = Story.START.minusSeconds(900);
        ManagedKey key =
                adopted(found(asked(new Story(), Map.of("as", "retired", "last_signature", last.toString())), sound()));

        assertThat(key.state()).isEqualTo(KeyState.RETIRED);
        assertThat(key.lastSignatureAt()).contains(last);
    }

    @Test
    void withItsPrivateHalfItIsHeldAndOnlyIfTheHalvesBelongTogether() {
        Story ours =
                asked(new Story(), Map.of(Order.FINGERPRINT, HALF.fingerprint().hex()));
        Story another = asked(new Story(), Map.of(Order.FINGERPRINT, "0".repeat(64)));

        assertThat(adopted(found(ours, sound())).custody()).isEqualTo(Custody.HELD);
        assertThat(refusal(found(another, sound())))
                .contains("is not that of the record, whose fingerprint is " + HALF.fingerprint());
    }

    @Test
    void aSecondActiveKeyOfItsTypeIsRefusedAndARetiredOneIsNot() {
        assertThat(refusal(found(asked(new Story().active(1), Map.of()), sound())))
                .contains("adopt this one as retired");

        Map<String, String> stopped = Map.of("as", "retired", "last_signature", Story.START.toString());
        assertThat(adopted(found(asked(new Story().active(1), stopped), sound()))
                        .state())
                .isEqualTo(KeyState.RETIRED);
        RotationPolicy ed25519 =
                PolicyBuilder.policy().algorithms(KeyAlgorithm.ED25519).build();
        Story anotherChain = new Story(ed25519, List.of(Story.SIGNER))
                .with(KeyAlgorithm.ED25519, 1)
                .active(1);
        assertThat(adopted(found(asked(anotherChain, Map.of()), sound())).state())
                .isEqualTo(KeyState.ACTIVE);
    }

    @Test
    void theKeyOfAnotherDomainIsRefusedWithTheWayOn() {
        had.put(HALF.fingerprint(), new SigningDomain("example.net"));

        assertThat(refusal(found(asked(new Story(), Map.of()), sound())))
                .contains("it is the key of example.net already", "selectorctl rotate now example.org");
    }

    /** Two that are recorded together would both be refused by the registry, and asked for again without end. */
    @Test
    void oneKeyIsAdoptedOnceInABatch() {
        Story story = asked(new Story(), Map.of());
        Task task = new Task(story.domain(), story.settings, story.next(Verb.ADOPT));
        PrimaryAnswer answer = new PrimaryAnswer(PrimaryAnswer.Kind.TXT, Optional.of(sound()), "TXT");

        List<Outcome> outcomes = new AdoptKey(answering(answer), key -> Optional.empty()).perform(List.of(task, task));

        assertThat(adopted(outcomes.get(0)).fingerprint()).isEqualTo(HALF.fingerprint());
        assertThat(refusal(outcomes.get(1))).contains("it is the key of example.org already");
    }

    @Test
    void whatIsNotOneSoundRecordIsRefusedInWords() {
        Story story = asked(new Story(), Map.of());

        assertThat(refusal(found(story, standing("v=DKIM1; p=", "another")))).contains("2 TXT records stand there");
        assertThat(refusal(found(story, standing("v=DKIM1; p=")))).contains("no public key of a kind that is known");
        assertThat(refusal(found(story, standing("v=spf1 -all")))).isNotBlank();
        assertThat(refusal(outcome(story, new PrimaryAnswer(PrimaryAnswer.Kind.NOTHING, Optional.empty(), "NXDOMAIN"))))
                .contains("no TXT record stands at old._domainkey.example.org");
        assertThat(refusal(outcome(story, new PrimaryAnswer(PrimaryAnswer.Kind.OBSTACLE, Optional.empty(), "a CNAME"))))
                .isEqualTo("a CNAME");
        assertThat(outcome(story, new PrimaryAnswer(PrimaryAnswer.Kind.UNKNOWN, Optional.empty(), "no answer")))
                .isInstanceOf(Outcome.NotYet.class);
    }
}
