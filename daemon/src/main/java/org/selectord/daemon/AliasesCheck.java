package org.selectord.daemon;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.selectord.config.Configuration;
import org.selectord.dnsupdate.Alias;
import org.selectord.dnsupdate.AliasCheck;
import org.selectord.dnsupdate.AliasLook;
import org.selectord.dnsupdate.HostAddresses;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.dnsjava.DnsjavaAliasCheck;
import org.selectord.dnsupdate.dnsjava.DnsjavaParentZone;
import org.selectord.dnsupdate.dnsjava.Timeouts;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.DomainSettings;
import org.selectord.rotation.Ring;

/** Which aliases the customers of delegated domains still have to add, asked before anything is started; of many domains the first few. */
final class AliasesCheck {
    private static final int DOMAINS = 10;

    private final AliasCheck check;

    AliasesCheck(AliasCheck check) {
        this.check = check;
    }

    /** Asks real servers. */
    static AliasesCheck overDns(SecureRandom random) {
        DnsjavaParentZone parent = DnsjavaParentZone.askingSystemResolvers(HostAddresses.system(), Timeouts.DEFAULT);
        return new AliasesCheck(new DnsjavaAliasCheck(Timeouts.DEFAULT, HostAddresses.system(), parent, random));
    }

    /** Something to be said of the aliases of one domain. */
    record Finding(SigningDomain domain, String text) {}

    List<Finding> look(Configuration configuration) {
        return configuration.domains().values().stream()
                .filter(settings -> settings.ring().isPresent())
                .limit(DOMAINS)
                .flatMap(settings -> look(settings, settings.ring().orElseThrow()).stream())
                .toList();
    }

    private List<Finding> look(DomainSettings settings, Ring ring) {
        SigningDomain domain = settings.domain();
        Set<Alias> aliases = ring.selectors().stream()
                .map(selector -> ring.alias(selector, domain))
                .collect(Collectors.toSet());
        AliasLook seen = check.look(OwnerName.of("_domainkey." + domain.name()), ring.authoritative(), aliases);
        List<Finding> findings = new ArrayList<>();
        seen.problem().ifPresent(problem -> findings.add(new Finding(domain, problem)));
        ring.selectors().stream()
                .map(selector -> ring.alias(selector, domain))
                .flatMap(alias -> missing(alias, seen.answers()).stream())
                .map(text -> new Finding(domain, text))
                .forEach(findings::add);
        return findings;
    }

    private static Optional<String> missing(Alias alias, Map<Alias, List<AliasLook.Answer>> answers) {
        return answers.getOrDefault(alias, List.of()).stream()
                .filter(answer -> !answer.isExact())
                .findFirst()
                .map(answer -> (answer.kind() == ServerAnswer.Kind.ANSWERED
                                ? "the customer has to add: "
                                : "whether the customer has added it cannot be told: ")
                        + alias + " (" + answer.server() + ": " + answer.cameBack() + ")");
    }
}
