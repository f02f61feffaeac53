package org.selectord.proof;

import java.util.Set;
import org.selectord.key.Selector;

/** What one look at a signer showed of one domain's mail. */
public sealed interface Sighting {
    /**
     * Its mail is signed.
     *
     * @param selectors those of the domain's signatures; one that no key of ours could bear is in the evidence only
     */
    record Signed(Set<Selector> selectors, Verification verification) implements Sighting {
        public Signed {
            selectors = Set.copyOf(selectors);
        }
    }

    /** Its mail goes without a signature of the domain. */
    record Unsigned(String evidence) implements Sighting {}

    /** The signer refuses its mail. */
    record Refused(String evidence) implements Sighting {}

    /** Nothing was seen. */
    record Unseen(String why) implements Sighting {}
}
