package org.selectord.rotation;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.Alias;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.KeyType;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/**
 * The selectors of a delegated domain: in the customer's zone each has an alias that stays for good, and leads to a record in a zone of ours. They come again
 * and again, the one exception to a selector being bound to one key for ever.
 *
 * @param zone below which our records stand; a zone of ours, or a name in one
 * @param selectors dealt out to the chains in the order of the policy's algorithms, each an equal share that stands together
 * @param authoritative the servers of the customer's zone; empty: every address of every NS of it, port 53
 */
public record Ring(OwnerName zone, List<Selector> selectors, Optional<List<InetSocketAddress>> authoritative) {
    /** One that signs, one that is retired and kept, one that stands by. */
    public static final int SELECTORS_OF_A_CHAIN = 3;

    public Ring {
        selectors = List.copyOf(selectors);
        selectors.forEach(selector -> selector(selector.name()));
        authoritative = authoritative.map(List::copyOf);
    }

    /** Of one label: {@code a.b} of {@code example.org} and {@code a} of {@code b.example.org} would lead to one and the same record. */
    public static Selector selector(String written) {
        Selector selector = new Selector(written);
        if (written.contains(".")) {
            throw new IllegalArgumentException(
                    "\"" + written + "\" has a dot, and in a ring the record of a.b of example.org"
                            + " would be that of a of b.example.org: take a selector without");
        }
        return selector;
    }

    public Alias alias(Selector selector, SigningDomain domain) {
        return Alias.into(zone, OwnerName.of(selector.ownerName(domain)));
    }

    public List<Selector> of(KeyType chain, RotationPolicy policy) {
        int chains = policy.chains().size();
        int index = policy.chains().indexOf(chain);
        return index < 0
                ? List.of()
                : selectors.subList(index * selectors.size() / chains, (index + 1) * selectors.size() / chains);
    }
}
