package org.selectord.admin;

import io.javalin.http.Context;
import java.util.Optional;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.RegistryView;

/** What the path of a request names. */
final class Paths {
    private Paths() {}

    /** The domain it names, as the registry knows it. */
    static ManagedDomain known(Context ctx, RegistryView registry) {
        SigningDomain name = domainName(ctx.pathParam("domain"));
        return registry.find(name).orElseThrow(() -> ProblemException.unknownDomain(name.name()));
    }

    static SigningDomain domainName(String written) {
        try {
            return SigningDomain.of(written);
        } catch (IllegalArgumentException e) {
            throw ProblemException.badRequest(
                    String.valueOf(e.getMessage()), "write the d= of the signatures, as in example.org");
        }
    }

    static Optional<Long> number(String written) {
        return Optional.of(written).filter(text -> text.matches("[0-9]{1,18}")).map(Long::valueOf);
    }
}
