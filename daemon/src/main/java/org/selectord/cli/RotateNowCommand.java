package org.selectord.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.selectord.admin.api.DomainStatus;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "now",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Orders a rotation without waiting for the calendar: the same proofs, no signing period, no window.",
            "An order that is open already is not doubled. The order is done when the new key signs everywhere.",
            "",
            "With --compromised somebody else may hold the private key: the signers change at once, the old record is"
                    + " revoked, and mail on its way that was signed with it fails verification. The order is done when"
                    + " it is revoked on every server and another key signs; the end of the exposure is said."
        })
final class RotateNowCommand implements Callable<Integer> {
    private enum Scope {
        KEY,
        STORE
    }

    private final Selectorctl root;
    private final Console console;

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Which which = new Which();

    @Option(names = "--compromised", description = "The private key may be known to others: revoke it.")
    private boolean compromised;

    @Option(
            names = "--scope",
            paramLabel = "key|store",
            description =
                    "What is compromised: the key, or the whole keystore with standby and spare keys (default: key).")
    private Scope scope = Scope.KEY;

    @Option(
            names = "--selector",
            paramLabel = "SELECTOR",
            description = "The key that is compromised, where it is not the one that signs now.")
    private String selector = "";

    @Mixin
    private WaitOption waiting = new WaitOption();

    @Spec
    private CommandSpec spec = CommandSpec.create(); // replaced before it is asked

    private static final class Which {
        @Parameters(arity = "1..*", paramLabel = "DOMAIN", description = "The domains to rotate.")
        private List<String> domains = new ArrayList<>();

        @Option(names = "--all", description = "Every domain of the configuration.")
        private boolean all;
    }

    RotateNowCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        Map<String, Object> body = body();
        Ordering ordering = new Ordering(root, console, waiting.patience());
        for (String domain : which.all ? listed(ordering.client()) : which.domains) {
            ordering.place(domain, "rotate", body);
        }
        return ordering.end();
    }

    private Map<String, Object> body() {
        boolean more = scope == Scope.STORE || !selector.isEmpty();
        if (more && !compromised) {
            throw new ParameterException(
                    spec.commandLine(), "--scope and --selector say what is compromised: add --compromised");
        }
        if (!selector.isEmpty() && (which.all || which.domains.size() > 1)) {
            throw new ParameterException(spec.commandLine(), "--selector names a key of one domain: name one DOMAIN");
        }
        Map<String, Object> body = new LinkedHashMap<>();
        if (compromised) {
            body.put("compromised", true);
            body.put("scope", scope == Scope.STORE ? "store" : "key");
        }
        if (!selector.isEmpty()) {
            body.put("selector", selector);
        }
        return body;
    }

    private static List<String> listed(AdminClient client) {
        return Listing.fetch(client).domains().stream()
                .filter(DomainStatus::listed)
                .map(DomainStatus::domain)
                .toList();
    }
}
