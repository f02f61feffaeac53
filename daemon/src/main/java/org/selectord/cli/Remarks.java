package org.selectord.cli;

import java.util.Optional;
import org.selectord.admin.api.ClockStatus;
import org.selectord.admin.api.DomainHold;
import org.selectord.admin.api.DomainWaiver;
import org.selectord.admin.api.KeyCompromise;

/** What people said earlier, and others should know. */
final class Remarks {
    private Remarks() {}

    static String hold(Console console, DomainHold hold) {
        return hold.kind() + " by " + hold.askedBy() + " " + console.when(hold.since())
                + hold.reason().map(reason -> ": " + reason).orElse("") + "; `selectorctl resume` ends it"
                + (hold.kind().equals("ROLLED_BACK") ? ", and gives up a rollback that is not over" : "");
    }

    static String waiver(Console console, DomainWaiver waiver) {
        return "goes on without " + waiver.kind().toLowerCase(java.util.Locale.ROOT) + " " + waiver.name()
                + " by the word of " + waiver.askedBy() + ", until " + console.when(waiver.until()) + ": "
                + waiver.reason();
    }

    static String compromise(Console console, KeyCompromise compromise) {
        return "COMPROMISED, said order " + compromise.order() + " " + console.when(compromise.declaredAt())
                + compromise
                        .exposureEnds()
                        .map(end -> "; exposure ends " + console.when(end) + ", when caches have forgotten the record")
                        .orElse("; not revoked everywhere yet");
    }

    /** Nothing where a witness agrees with it. */
    static Optional<String> clock(ClockStatus clock) {
        return clock.doubt()
                .map(doubt -> "The clock is not trusted: " + doubt)
                .or(() -> clock.word()
                        .filter(word -> word.startsWith("nobody") || word.startsWith("a person"))
                        .map(word -> "The clock is trusted on the word of " + word));
    }
}
