package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.selectord.rotation.RingStory.is;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;
import org.selectord.dnsupdate.Alias;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyType;
import org.selectord.key.Selector;

/** A ring of aliases in a customer's zone: proven in both zones before use, and no selector has a new key before the world has forgotten its last one. */
class DelegatedTest {
    private static final Duration T = Duration.ofSeconds(RingStory.ALIAS_TTL);
    private static final Duration N = Duration.ofSeconds(RingStory.THEIR_NEGATIVE_TTL);
    private static final String ADD_SD1 =
            "the customer has to add: sd1._domainkey.example.org. 3600 IN CNAME sd1.example.org.dkim.provider.net.";

    private static PolicyBuilder policy() {
        return PolicyBuilder.policy().signingPeriod(Duration.ofDays(30));
    }

    private static RingStory active() {
        return RingStory.ofThree(policy()).goOnUntil(is(1, KeyState.ACTIVE));
    }

    // ---- the ring

    @Test
    void rotatesThroughTheRingAndComesBackWhenNoCacheKnowsTheLastKey() {
        RingStory story = RingStory.ofThree(policy()).goOn(Duration.ofDays(365));

        List<ManagedKey> keys = story.domain().keys();
        assertThat(keys).hasSizeGreaterThan(9);
        for (int i = 0; i < keys.size(); i++) {
            assertThat(keys.get(i).selector().name()).isEqualTo("sd" + (i % 3 + 1));
            assertThat(keys.get(i).record().owner().name())
                    .isEqualTo("sd" + (i % 3 + 1) + ".example.org.dkim.provider.net.");
        }
        for (int i = 3; i < keys.size(); i++) {
            Instant removedAt = keys.get(i - 3).reachedAt(KeyState.REMOVED).orElseThrow();
            assertThat(keys.get(i).reachedAt(KeyState.GENERATED).orElseThrow())
                    .as("%s", keys.get(i).id())
                    .isAfterOrEqualTo(removedAt.plus(T).plus(N));
        }
        assertThat(story.domain().halts()).isEmpty();
    }

    @Test
    void aSelectorIsFreeExactlyTAndNAfterItsKeyIsGone() {
        RingStory story = RingStory.ofThree(policy().grace(Duration.ofDays(40), Duration.ZERO));
        story.goOnUntil(is(1, KeyState.REMOVED));
        Instant freeAt = story.key(1).since().plus(T).plus(N);

        assertThat(story.domain().successor(KeyType.RSA)).isEmpty();
        assertThat(story.next(Verb.GENERATE).dueAt()).isEqualTo(freeAt);
        assertThat(story.reasons()).contains("sd1 is free at " + freeAt);
        story.goOnUntil(is(4, KeyState.GENERATED));
        assertThat(story.key(4).selector()).isEqualTo(new Selector("sd1"));
        assertThat(story.key(4).since()).isBetween(freeAt, freeAt.plusSeconds(1));
    }

    @Test
    void withNoSelectorFreeTheNextKeyWaitsAndItIsSaidForWhatUntilWhen() {
        RingStory story = active().goOnUntil(is(2, KeyState.READY));
        story.orders(Order.Kind.ROTATE_NOW, Map.of()).goOnUntil(is(2, KeyState.ACTIVE));
        story.goOnUntil(is(3, KeyState.READY));
        story.orders(Order.Kind.ROTATE_NOW, Map.of()).goOnUntil(is(3, KeyState.ACTIVE));
        story.goOn(Duration.ofHours(1));

        assertThat(story.states()).containsExactly("sd1 RETIRED", "sd2 RETIRED", "sd3 ACTIVE");
        assertThat(story.next(Verb.GENERATE).dueAt()).isEqualTo(RotationRunner.NEVER);
        Instant goes = DueTimes.withdrawDueAt(story.key(1), story.domain(), story.settings, story.now())
                .orElseThrow();
        assertThat(story.reasons())
                .contains("sd1 is RETIRED: its record goes at " + goes)
                .contains("sd3 is ACTIVE: its record stands");
        story.goOnUntil(is(4, KeyState.READY));
        assertThat(story.key(4).selector()).isEqualTo(new Selector("sd1"));
    }

    @Test
    void aPrivateHalfThatASignerMayStillDeleteBySelectorKeepsItFromANewKey() {
        RingStory story = RingStory.ofThree(policy().grace(Duration.ofDays(40), Duration.ZERO))
                .signerForgets(false)
                .goOnUntil(is(1, KeyState.REMOVED))
                .goOn(Duration.ofDays(3));

        assertThat(story.domain().keys()).hasSize(3);
        assertThat(story.reasons()).contains("sd1 is REMOVED: its private half is not destroyed yet");
        story.signerForgets(true).goOnUntil(is(4, KeyState.READY));
    }

    @Test
    void aWaivedSignerKeepsASelectorFromANewKeyUntilItHasForgottenTheLastOne() {
        RingStory story = RingStory.ofThree(policy().grace(Duration.ofDays(40), Duration.ZERO))
                .signerForgets(false)
                .goOnUntil(is(1, KeyState.REMOVED));
        story.orders(Order.Kind.WAIVE, waiver(story, "signer", "opendkim")).goOn(Duration.ofDays(3));

        assertThat(story.domain().keys()).hasSize(3);
        story.signerForgets(true).goOnUntil(is(4, KeyState.READY));
    }

    @Test
    void aWaivedSignerThatMaySignWithAKeyStillKeepsItsCopyAndTheSelector() {
        RingStory story = RingStory.ofThree(policy().grace(Duration.ofDays(40), Duration.ZERO))
                .signerForgets(false)
                .goOnUntil(is(1, KeyState.REMOVED));
        story.orders(Order.Kind.WAIVE, waiver(story, "signer", "opendkim"));
        Use maybe = new Use(Use.Kind.MAYBE, Story.START, Story.START, Duration.ZERO);
        ManagedDomain silent = story.domain().withKey(story.key(1).id(), key -> key.withUse(Story.SIGNER, maybe));

        List<Step> steps =
                new RotationPlanner().steps(silent, story.settings, Brakes.NONE, new TimeReading(story.now(), true));
        assertThat(steps)
                .filteredOn(step -> step.key().equals(Optional.of(story.key(1).id())))
                .filteredOn(step -> step.verb() == Verb.FORGET || step.verb() == Verb.DESTROY)
                .singleElement()
                .satisfies(step -> {
                    assertThat(step.verb()).isEqualTo(Verb.FORGET);
                    assertThat(step.dueAt()).isEqualTo(RotationRunner.NEVER);
                    assertThat(step.because().toString()).contains("was not seen to have stopped");
                });
    }

    @Test
    void aStandbyThatWasRevokedUnusedFreesItsSelectorWithoutAGrace() {
        RingStory story = active().goOnUntil(is(2, KeyState.READY)).goOn(Duration.ofHours(1));
        story.orders(Order.Kind.COMPROMISED, Map.of("scope", "store")).goOnUntil(is(2, KeyState.REVOKED));
        Instant revokedAt = story.key(2).since();
        story.goOnUntil(is(2, KeyState.REMOVED));

        assertThat(story.key(2).since()).isBefore(revokedAt.plus(Duration.ofHours(1)));
        story.goOnUntil(is(4, KeyState.GENERATED));
        assertThat(story.key(4).selector()).isEqualTo(new Selector("sd2"));
        assertThat(story.key(1).state()).as("mail signed with it is on its way").isEqualTo(KeyState.REVOKED);
    }

    @Test
    void anOpenIntentToMakeAKeyForARingThatWasEditedSinceIsForetoldWithoutIt() {
        RingStory story = active();
        Step generate = Plan.generate(KeyAlgorithm.RSA_2048, story.now(), List.of());
        DomainSettings edited = with(story.settings, Optional.of(ring("sd1")));

        assertThat(Forecast.of(
                        new RotationPlanner(),
                        story.domain().intending(generate, story.now()),
                        edited,
                        story.now(),
                        Duration.ofDays(200)))
                .extracting(Foretold::what)
                .doesNotContain("GENERATED");
    }

    private static Ring ring(String... selectors) {
        return new Ring(RingStory.ZONE, Stream.of(selectors).map(Selector::new).toList(), Optional.empty());
    }

    private static DomainSettings with(DomainSettings settings, Optional<Ring> ring) {
        return new DomainSettings(
                settings.domain(),
                settings.policy(),
                settings.dns(),
                settings.signers(),
                settings.auditInterval(),
                ring);
    }

    @Test
    void aSelectorOfARingHasOneLabelOrTwoDomainsCouldHaveOneRecord() {
        assertThat(Alias.into(RingStory.ZONE, OwnerName.of("a.b._domainkey.example.org"))
                        .target())
                .isEqualTo(Alias.into(RingStory.ZONE, OwnerName.of("a._domainkey.b.example.org"))
                        .target());
        assertThatThrownBy(() -> ring("sd1", "sd2", "a.b")).hasMessageContaining("\"a.b\" has a dot");
    }

    // ---- a domain that moves

    @Test
    void aDomainWithAKeyInItsOwnZoneIsLeftAsItIsWhenItIsDelegated() {
        Story own = new Story(policy().build(), List.of(Story.SIGNER)).active(1);
        DomainSettings delegated = RingStory.ofThree(policy()).settings;

        assertIsLeftAlone(own.domain(), delegated, own.now())
                .contains("the record of s1 stands at s1._domainkey.example.org.")
                .contains("the configuration has it at s1.example.org.dkim.provider.net.")
                .contains("selectorctl domain remove example.org");
    }

    @Test
    void aDelegatedDomainIsLeftAsItIsWhenItIsNoLongerOrInAnotherZone() {
        RingStory story = active();
        Ring other = new Ring(
                OwnerName.of("dkim.other.net"),
                story.settings.ring().orElseThrow().selectors(),
                Optional.empty());

        assertIsLeftAlone(story.domain(), with(story.settings, Optional.empty()), story.now())
                .contains("the configuration has it at sd1._domainkey.example.org.");
        assertIsLeftAlone(story.domain(), with(story.settings, Optional.of(other)), story.now())
                .contains("the configuration has it at sd1.example.org.dkim.other.net.");
    }

    private static AbstractStringAssert<?> assertIsLeftAlone(ManagedDomain domain, DomainSettings to, Instant at) {
        List<Step> steps = new RotationPlanner()
                .steps(domain, to, Brakes.NONE, new TimeReading(at.plus(Duration.ofDays(400)), true));
        assertThat(steps).singleElement().extracting(Step::dueAt).isEqualTo(RotationRunner.NEVER);
        return assertThat(steps.get(0).because().get(0).text());
    }

    @Test
    void onceItsKeysAreGoneItGoesOnInTheRing() {
        Story own = new Story(policy().build(), List.of(Story.SIGNER)).active(1);
        ManagedDomain gone = own.domain()
                .withKey(
                        own.key(1).id(),
                        key -> key.reached(KeyState.RETIRED, own.now()).reached(KeyState.REMOVED, own.now()));

        assertThat(new RotationPlanner()
                        .next(
                                gone,
                                RingStory.ofThree(policy()).settings,
                                Brakes.NONE,
                                new TimeReading(own.now(), true)))
                .isPresent();
    }

    @Test
    void onAClockInDoubtNoSelectorComesBack() {
        RingStory story = RingStory.ofThree(policy().grace(Duration.ofDays(40), Duration.ZERO))
                .goOnUntil(is(1, KeyState.REMOVED))
                .trusted(false)
                .goOn(Duration.ofDays(2));

        assertThat(story.domain().keys()).hasSize(3);
        story.orders(Order.Kind.ROTATE_NOW, Map.of()).goOn(Duration.ofHours(1));
        assertThat(story.domain().keys()).as("not for an order either").hasSize(3);
        story.trusted(true).goOn(Duration.ofMinutes(10));
        assertThat(story.domain().keys()).hasSize(4);
    }

    @Test
    void whereEveryServerOfOneZoneIsWaivedNothingIsProvenByTheOther() {
        Instant at = Story.START;
        ServerProof proven = new ServerProof(ServerProof.Verdict.EXACT, at, at, 3, Optional.of(at), "exact");
        Propagated one = new Propagated(Map.of("ns1", proven), Optional.empty(), Optional.of(at), Optional.empty());

        assertThat(one.and(one).everywhereAt()).contains(at);
        assertThat(one.without(server -> true).and(one).everywhereAt()).isEmpty();
        assertThat(one.and(one.without(server -> true)).exactEverywhere()).isFalse();
    }

    @Test
    void aRecordThatIsSeenToBeGoneOnAClockInDoubtIsGoneFromTheNextLookOnATrueOne() {
        RingStory story = RingStory.ofThree(policy().grace(Duration.ofDays(40), Duration.ZERO))
                .goOnUntil(domain -> domain.keys().stream()
                        .anyMatch(key -> key.id().number() == 1
                                && key.state() == KeyState.RETIRED
                                && key.standing().isEmpty()))
                .trusted(false)
                .goOn(Duration.ofHours(2));
        assertThat(story.key(1).state()).isEqualTo(KeyState.RETIRED);

        story.trusted(true).goOn(Duration.ofHours(1));
        assertThat(story.key(1).state()).isEqualTo(KeyState.REMOVED);
        assertThat(story.key(1).since()).isAfter(story.now().minus(Duration.ofHours(1)));
    }

    @Test
    void eachChainHasThreeOfItsOwn() {
        RingStory story = new RingStory(
                policy().algorithms(KeyAlgorithm.RSA_2048, KeyAlgorithm.ED25519).build(),
                "a1",
                "a2",
                "a3",
                "b1",
                "b2",
                "b3");
        story.customerSets("a1", "a2", "a3", "b1", "b2", "b3").goOn(Duration.ofDays(200));

        assertThat(story.domain().keys())
                .hasSizeGreaterThan(10)
                .allSatisfy(key -> assertThat(key.selector().name()).startsWith(key.type() == KeyType.RSA ? "a" : "b"));
    }

    @Test
    void aCompromisedSelectorMeansItsNewestKey() {
        RingStory story = RingStory.ofThree(policy()).goOnUntil(is(4, KeyState.ACTIVE));
        story.orders(Order.Kind.COMPROMISED, Map.of("selector", "sd1"));

        assertThat(story.key(1).isCompromised()).isFalse();
        assertThat(story.key(4).isCompromised()).isTrue();
        story.goOnUntil(is(4, KeyState.REVOKED));
        assertThat(story.domain().active(KeyType.RSA)).isPresent();
    }

    // ---- the customer's zone

    @Test
    void aMissingAliasHoldsTheFirstKeyAndIsNamed() {
        RingStory story = new RingStory(policy().build(), "sd1", "sd2", "sd3");
        story.customerSets("sd2", "sd3").goOn(Duration.ofDays(1));

        assertThat(story.states()).containsExactly("sd1 PUBLISHED");
        assertThat(story.reasons()).contains(ADD_SD1 + " (ns1: NXDOMAIN: no CNAME)");
        assertThat(story.domain().missingAliases(story.settings).keySet())
                .singleElement()
                .hasToString("sd1._domainkey.example.org. 3600 IN CNAME sd1.example.org.dkim.provider.net.");
        assertThat(story.domain().halts()).as("a customer's matter").isEmpty();

        Instant setAt = story.now();
        story.customerSets("sd1").goOnUntil(is(1, KeyState.READY));
        Instant readyAt = story.key(1).since();
        assertThat(readyAt)
                .as("N and margin count from when every customer server has it")
                .isAfterOrEqualTo(setAt.plus(N)
                        .plus(story.settings.policy().publishMargin().of(N)));
        story.goOnUntil(is(1, KeyState.ACTIVE));
        assertThat(story.domain().missingAliases(story.settings)).isEmpty();
    }

    @Test
    void everyServerOfTheCustomerMustHaveIt() {
        RingStory story = new RingStory(policy().build(), "sd1", "sd2", "sd3").customerSets("sd2", "sd3");
        Optional.ofNullable(story.customer.get("ns1")).orElseThrow().add("sd1");
        story.goOn(Duration.ofDays(1));

        assertThat(story.states()).containsExactly("sd1 PUBLISHED");
        assertThat(story.reasons()).contains(ADD_SD1 + " (ns2: ");
    }

    @Test
    void anAliasThatWasNeverLookedAtProvesNothing() {
        RingStory story = RingStory.ofThree(policy()).goOnUntil(is(1, KeyState.PUBLISHED));

        Propagated withoutAlias = story.domain().withAliases(AliasMarks.NOTHING).propagated(story.key(1), story.now());
        assertThat(withoutAlias.exactEverywhere()).isFalse();
        assertThat(withoutAlias.everywhereAt()).isEmpty();
        assertThat(withoutAlias.problem()).contains("the alias that leads to it has not been looked at yet");
    }

    @Test
    void anAliasThatVanishesTakesReadyBack() {
        RingStory story = active().goOnUntil(is(2, KeyState.READY)).customerDrops("sd2");
        story.goOn(Duration.ofDays(25));

        assertThat(story.states()).containsExactly("sd1 ACTIVE", "sd2 PUBLISHED");
        story.goOn(Duration.ofDays(20));
        assertThat(story.states()).as("the standing key signs on").containsExactly("sd1 ACTIVE", "sd2 PUBLISHED");
        assertThat(story.domain().halts()).isEmpty();
        story.customerSets("sd2").goOnUntil(is(2, KeyState.ACTIVE));
    }

    @Test
    void beforeTheFlipEveryCustomerServerAnswersOnceMore() {
        RingStory story = active().goOnUntil(is(2, KeyState.READY)).goOn(Duration.ofSeconds(2));
        story.silent.add("ns2");
        story.orders(Order.Kind.ROTATE_NOW, Map.of()).goOn(Duration.ofHours(5));
        assertThat(story.states()).as("silence undoes nothing").containsExactly("sd1 ACTIVE", "sd2 READY");

        story.silent.clear();
        story.goOn(RingStory.AUDIT.plusMinutes(1));
        assertThat(story.states()).contains("sd2 ACTIVE");
    }

    @Test
    void anAliasThatVanishesJustBeforeTheFlipHoldsIt() {
        RingStory story = active().goOnUntil(is(2, KeyState.READY)).goOn(Duration.ofSeconds(2));
        story.customerDrops("sd2").orders(Order.Kind.ROTATE_NOW, Map.of()).goOn(Duration.ofHours(2));

        assertThat(story.states()).containsExactly("sd1 ACTIVE", "sd2 PUBLISHED");
        assertThat(story.reasons()).contains("the customer has to add: sd2._domainkey.example.org.");
    }

    @Test
    void aliasOfTheKeyThatSignsIsMissedOnly() {
        RingStory story = active().customerDrops("sd1").goOn(RingStory.AUDIT.plusMinutes(1));

        assertThat(story.key(1).state()).isEqualTo(KeyState.ACTIVE);
        assertThat(story.reasons()).contains(ADD_SD1);
        assertThat(story.domain().halts()).isEmpty();
    }

    @Test
    void aCustomerServerThatComesBesideHasTheProofBeginAnew() {
        RingStory story = active().goOnUntil(is(2, KeyState.READY));
        story.customer.put("ns3", new java.util.HashSet<>(List.of("sd1", "sd2", "sd3")));
        Instant added = story.now();
        story.goOn(RingStory.AUDIT.plusMinutes(1));
        assertThat(story.states()).containsExactly("sd1 ACTIVE", "sd2 PUBLISHED");

        story.goOnUntil(is(2, KeyState.READY));
        assertThat(story.key(2).since()).isAfter(added.plus(N));
    }

    @Test
    void aWaivedCustomerServerIsGoneOnWithout() {
        RingStory story = RingStory.ofThree(policy());
        story.silent.add("ns2");
        story.goOn(Duration.ofDays(1));
        assertThat(story.states()).containsExactly("sd1 PUBLISHED");

        story.orders(Order.Kind.WAIVE, waiver(story, "server", "ns2")).goOnUntil(is(1, KeyState.ACTIVE));
    }

    @Test
    void aWaiverTakesAServerAsItIsShown() {
        RingStory story = RingStory.ofThree(policy());
        story.silent.add("ns2");
        story.goOn(Duration.ofDays(1));
        String shown = story.domain().shown(story.key(1)).servers().keySet().stream()
                .filter(server -> server.startsWith("ns2"))
                .findFirst()
                .orElseThrow();
        assertThat(story.reasons()).contains(shown + " does not show it since");
        assertThat(story.domain().serverNames()).contains("ns1", "ns2", "ours1", shown);

        story.orders(Order.Kind.WAIVE, waiver(story, "server", shown)).goOnUntil(is(1, KeyState.ACTIVE));
        assertThat(story.domain().waivers()).extracting(Waiver::name).containsExactly("ns2");
    }

    private static Map<String, String> waiver(RingStory story, String kind, String name) {
        return Map.of(kind, name, "until", story.now().plus(Duration.ofDays(90)).toString(), "reason", "gone");
    }

    @Test
    void whatGoesNeedsNoAlias() {
        RingStory story = active();
        story.customer.clear();
        story.orders(Order.Kind.REMOVE_DOMAIN, Map.of()).goOnUntil(is(1, KeyState.REMOVED));
    }

    @Test
    void aRevocationNeedsNoAlias() {
        RingStory story = active().goOnUntil(is(2, KeyState.READY));
        story.customerDrops("sd1").goOn(RingStory.AUDIT);
        story.orders(Order.Kind.COMPROMISED, Map.of()).goOnUntil(is(1, KeyState.REVOKED));
    }

    // ---- what is told

    @Test
    void theForecastGoesThroughTheRing() {
        RingStory story = active();
        List<Foretold> ahead =
                Forecast.of(new RotationPlanner(), story.domain(), story.settings, story.now(), Duration.ofDays(200));

        assertThat(ahead.stream().filter(event -> event.what().equals("ACTIVE")).map(Foretold::selector))
                .startsWith("sd2", "sd3", "sd1", "sd2");
    }
}
