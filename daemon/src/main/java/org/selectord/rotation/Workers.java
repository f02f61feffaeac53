package org.selectord.rotation;

import java.time.Clock;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.selectord.dnsupdate.AliasCheck;
import org.selectord.dnsupdate.AuthoritativeLookup;
import org.selectord.dnsupdate.ParentZone;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.RightsProbe;
import org.selectord.dnsupdate.ZoneUpdater;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.PublicHalf;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.SpareKeys;

/** Which worker does which verb. */
public final class Workers {
    private Workers() {}

    /** The ports of the neighbours, and what is random and what time it is. */
    public record Ports(
            KeyRegistry registry,
            AuthoritativeLookup lookup,
            RightsProbe rights,
            ParentZone parent,
            ZoneUpdater updater,
            PropagationCheck check,
            AliasCheck aliases,
            SpareKeys spares,
            PrivateKeyStore keystore,
            Collection<Signer> signers,
            Clock clock,
            RandomGenerator random) {}

    public static Map<Verb, Worker> of(Ports ports) {
        return of(ports, new GenerateKey.KeySource() {
            @Override
            public PublicHalf take(KeyAlgorithm algorithm, Predicate<KeyFingerprint> taken)
                    throws PrivateKeyStoreException {
                return ports.spares().take(algorithm, taken);
            }

            @Override
            public void discard(Predicate<KeyFingerprint> taken) throws PrivateKeyStoreException {
                ports.spares().discard(taken);
            }
        });
    }

    static Map<Verb, Worker> of(Ports ports, GenerateKey.KeySource keys) {
        Map<Target, Signer> signers = ports.signers().stream()
                .collect(Collectors.toMap(signer -> Target.signer(signer.id()), Function.identity()));
        Map<Verb, Worker> workers = new EnumMap<>(Verb.class);
        for (Verb verb : Verb.values()) {
            workers.put(
                    verb,
                    switch (verb) { // no default: a new verb does not compile until somebody does it
                        case LOCATE ->
                            new LocateZone(
                                    ports.lookup(),
                                    ports.parent(),
                                    new PublishRights(ports.rights(), ports.clock()),
                                    ports.clock());
                        case ASK_PRIMARY -> new AskPrimary(ports.updater());
                        case ASK_SERVERS -> new AskServers(ports.check());
                        case ASK_ALIASES -> new AskAliases(ports.aliases(), ports.parent());
                        case ASK_SIGNER -> new AskSigner(signers);
                        case GENERATE ->
                            new GenerateKey(keys, ports.registry()::isTaken, ports.clock(), ports.random());
                        case ADOPT -> new AdoptKey(ports.updater(), ports.registry()::domainOf);
                        case PUBLISH, REVOKE, WITHDRAW -> new ChangeZone(ports.updater());
                        case ACTIVATE, STOP_SIGNING -> new TellSigner(signers);
                        case FORGET -> new ForgetKey(signers);
                        case DESTROY -> new DestroyKey(ports.keystore());
                    });
        }
        return workers;
    }
}
