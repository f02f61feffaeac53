package org.selectord.config;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.selectord.admin.AdminSettings;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.key.SigningDomain;
import org.selectord.keystore.file.Passphrase;
import org.selectord.keystore.vault.VaultSettings;
import org.selectord.registry.RegistrySettings;
import org.selectord.rotation.DomainSettings;
import org.selectord.rotation.FleetSettings;
import org.selectord.rotation.RotationPolicy;
import org.selectord.rotation.SignerId;
import org.selectord.rotation.TrustedClock.Witness;
import org.selectord.signer.opendkim.OpenDkimSettings;

/**
 * Everything the configuration files say, without a problem in it. Maps keep the order of the files.
 *
 * @param witnesses empty: none, the wall clock is believed
 * @param mostSpares how many spare keys of each algorithm are kept ready at most
 */
public record Configuration(
        AdminSettings admin,
        Set<Witness> witnesses,
        RegistrySettings registry,
        Keystore keystore,
        int mostSpares,
        Map<String, DnsSettings> dns,
        Map<SignerId, OpenDkimSettings> signers,
        Map<String, RotationPolicy> policies,
        Map<SigningDomain, DomainSettings> domains,
        FleetSettings fleet) {
    public static final Set<Witness> DEFAULT_WITNESSES = Set.of(Witness.values());

    public static final int DEFAULT_MOST_SPARES = 10_000;

    /** Where private halves are. */
    public sealed interface Keystore {
        /** In encrypted files. */
        record Files(Path directory, Passphrase passphrase) implements Keystore {
            public static final Path DEFAULT_DIRECTORY = Path.of("/var/lib/selectord/keys");
        }

        /** In a Vault. */
        record Vault(VaultSettings settings) implements Keystore {}
    }

    public Configuration {
        witnesses = Set.copyOf(witnesses);
        dns = inOrder(dns);
        signers = inOrder(signers);
        policies = inOrder(policies);
        domains = inOrder(domains);
    }

    private static <K, V> Map<K, V> inOrder(Map<K, V> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
}
