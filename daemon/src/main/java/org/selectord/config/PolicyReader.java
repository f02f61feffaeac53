package org.selectord.config;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.selectord.key.KeyAlgorithm;
import org.selectord.rotation.FlipWindow;
import org.selectord.rotation.OnCompromise;
import org.selectord.rotation.RotationPolicy;
import org.selectord.rotation.RotationPolicy.PublishMargin;
import org.selectord.rotation.SelectorTemplate;
import org.selectord.schedule.CronWindow;

/** One entry of {@code policies}; every key may be left out. */
final class PolicyReader {
    private static final RotationPolicy USUAL = RotationPolicy.DEFAULT;
    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Duration A_MINUTE = Duration.ofMinutes(1);
    private static final Map<String, OnCompromise> ON_COMPROMISE =
            Map.of("wait", OnCompromise.WAIT, "unsigned", OnCompromise.UNSIGNED);
    private static final Pattern MARGIN = Pattern.compile("max\\(\\s*([^,()]+?)\\s*,\\s*([0-9]{1,3})%\\s*\\)");

    private final Section section;

    private PolicyReader(Section section) {
        this.section = section;
    }

    static RotationPolicy read(Section section) {
        return new PolicyReader(section).policy();
    }

    private RotationPolicy policy() {
        Section proof = section.section("proof");
        ZoneId zone = section.get("timezone", Shape.text(PolicyReader::zone), ZoneId.systemDefault());
        Duration signingPeriod = duration("signing_period", LEAST, USUAL.signingPeriod());
        RotationPolicy policy = new RotationPolicy(
                section.get("algorithms", PolicyReader::algorithms, USUAL.algorithms()),
                signingPeriod,
                section.get("standby", Shape.yesOrNo(), USUAL.standby()),
                duration("prepublish_period", LEAST, USUAL.prepublishPeriod()),
                section.get("selector", Shape.text(SelectorTemplate::of), USUAL.selector()),
                proof.get("times", Shape.number(1, 100), USUAL.proofTimes()),
                proof.get("over", Durations.atLeast(Duration.ZERO), USUAL.proofOver()),
                section.get("publish_margin", Shape.text(PolicyReader::margin), USUAL.publishMargin()),
                duration("grace_period", LEAST, USUAL.gracePeriod()),
                duration("grace_margin", Duration.ZERO, USUAL.graceMargin()),
                duration("rollback_period", Duration.ZERO, USUAL.rollbackPeriod()),
                duration("queue_lifetime", Duration.ZERO, USUAL.queueLifetime()),
                window(zone),
                section.get("freeze", FreezeShape.in(zone), USUAL.freeze()),
                jitter(signingPeriod),
                duration("revoke_within", Duration.ZERO, USUAL.revokeWithin()),
                section.get("on_compromise", Shape.word(ON_COMPROMISE), USUAL.onCompromise()));
        proof.refuseUnknownKeys();
        new PolicyCheck(section, policy).check(section.get("grace_unsafe", Shape.yesOrNo(), false));
        section.refuseUnknownKeys();
        return policy;
    }

    private Duration duration(String key, Duration least, Duration usual) {
        return section.get(key, Durations.atLeast(least), usual);
    }

    private static Optional<List<KeyAlgorithm>> algorithms(Node node, String key, Problems problems) {
        Optional<List<KeyAlgorithm>> algorithms =
                Shape.someOf(Shape.text(PolicyReader::algorithm)).read(node, key, problems);
        return algorithms.filter(list -> {
            boolean oneEach = list.stream().map(KeyAlgorithm::type).distinct().count() == list.size();
            if (!oneEach) {
                problems.error(node.place(), key + ": two algorithms of one key type; a domain has one chain for each");
            } else if (list.contains(KeyAlgorithm.RSA_4096)) {
                // RFC 6376 3.3.3; most servers send no more than 1232 octets over UDP
                problems.warning(
                        node.place(),
                        key
                                + ": an answer with a record of rsa-4096 has over 800 octets, and in a signed zone over 1232:"
                                + " then verifiers must ask again over TCP, which not every firewall lets through");
            }
            return oneEach;
        });
    }

    private static KeyAlgorithm algorithm(String word) {
        return KeyAlgorithm.named(word).orElseThrow(() -> new IllegalArgumentException(whyNot(word)));
    }

    private static String whyNot(String word) {
        return word.matches("rsa-[0-9]{1,4}") && Integer.parseInt(word.substring(4)) < 2048
                ? word + " is too small: rsa-2048 at least (RFC 8301 section 3.2)"
                : "\"" + word + "\" is not understood: "
                        + Suggestion.among(KeyAlgorithm.offered().stream()
                                        .map(KeyAlgorithm::word)
                                        .toList())
                                .to(word);
    }

    private static PublishMargin margin(String written) {
        Matcher both = MARGIN.matcher(written);
        if (both.matches()) {
            return new PublishMargin(Durations.of(both.group(1)), Integer.parseInt(both.group(2)));
        }
        if (written.matches("[0-9]+[a-z]+")) {
            return new PublishMargin(Durations.of(written), 0);
        }
        throw new IllegalArgumentException("\"" + written + "\" is no margin, as in 60s or \"max(60s, 10%)\"");
    }

    /** One that is refused gives way to the usual one, so that no policy is made of it. */
    private Duration jitter(Duration signingPeriod) {
        Duration usual = RotationPolicy.usualJitter(signingPeriod);
        Duration jitter = duration("jitter", Duration.ZERO, usual);
        if (jitter.compareTo(signingPeriod) < 0) {
            return jitter;
        }
        section.error(
                section.placeOf("jitter"),
                section.pathOf("jitter") + ": " + Durations.print(jitter) + " is not less than signing_period "
                        + Durations.print(signingPeriod) + ": keys would be flipped as soon as they sign");
        return usual;
    }

    private FlipWindow window(ZoneId zone) {
        return section.get("window", Shape.text(written -> window(written, zone)), USUAL.window());
    }

    private static ZoneId zone(String written) {
        return written.equals("system") ? ZoneId.systemDefault() : ZoneId.of(written);
    }

    private FlipWindow window(String written, ZoneId zone) {
        if (written.equals("always")) {
            return FlipWindow.ALWAYS;
        }
        CronWindow window = CronWindow.of(written, zone);
        Instant openAt = window.firstOpenAt(section.reading().now())
                .orElseThrow(() -> new IllegalArgumentException("\"" + written + "\" never opens again"));
        Duration open = window.openFrom(openAt);
        if (open.compareTo(A_MINUTE) < 0) {
            throw new IllegalArgumentException("\"" + written + "\" opens for " + Durations.print(open)
                    + " only, which a flip would always miss: a window is open in every second that the expression"
                    + " names, so seconds and minutes are *, as in \"* * 8-16 ? * MON-THU\"");
        }
        return window;
    }
}
