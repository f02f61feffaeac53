package org.selectord.keystore.vault;

import io.github.jopenlibs.vault.EnvironmentLoader;
import io.github.jopenlibs.vault.SslConfig;
import io.github.jopenlibs.vault.VaultConfig;
import io.github.jopenlibs.vault.VaultException;
import io.github.jopenlibs.vault.api.Auth;
import io.github.jopenlibs.vault.api.Logical;
import io.github.jopenlibs.vault.api.WriteOptions;
import io.github.jopenlibs.vault.response.LogicalResponse;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The requests that we make, by one token within one deadline. Every one of them is answered; nothing is tried twice. */
final class Api {
    private static final EnvironmentLoader NOTHING = new EnvironmentLoader() {
        private static final long serialVersionUID = 1L;

        @Override
        public @Nullable String loadVariable(String name) {
            return null; // nor the ~/.vault-token of whoever started us
        }
    };
    private static final SslConfig NO_TLS_OF_ITS_OWN = withoutTls();

    private final Logical versioned;
    private final Logical plain;
    private final Auth auth;

    Api(VaultSettings settings, DeadlineHttpClient client, String token) {
        // one configuration each: an object changes the engine version in that of another
        this.versioned = new Logical(configuration(settings, client, token, 2));
        this.plain = new Logical(configuration(settings, client, token, 1));
        this.auth = new Auth(configuration(settings, client, token, 1));
    }

    private static SslConfig withoutTls() {
        try {
            return new VaultConfig()
                    .environmentLoader(NOTHING)
                    .address("none")
                    .build()
                    .getSslConfig();
        } catch (VaultException e) {
            throw new IllegalStateException("the driver cannot do without TLS", e);
        }
    }

    private static VaultConfig configuration(
            VaultSettings settings, DeadlineHttpClient client, String token, int engineVersion) {
        try {
            VaultConfig configuration = new VaultConfig()
                    .environmentLoader(NOTHING)
                    .address(settings.address().toString())
                    .sslConfig(NO_TLS_OF_ITS_OWN)
                    .httpClient(client)
                    .prefixPath(settings.mount())
                    .engineVersion(engineVersion)
                    .token(token);
            if (settings.namespace().isPresent()) {
                configuration.nameSpace(settings.namespace().get());
            }
            return configuration.build();
        } catch (VaultException e) {
            throw new IllegalStateException("the driver refuses " + settings, e);
        }
    }

    /** One call of the driver. */
    @FunctionalInterface
    private interface Call {
        LogicalResponse send() throws VaultException;
    }

    private static Answer answer(Call call) {
        try {
            return Answer.of(call.send());
        } catch (VaultException e) {
            return Answer.of(e);
        } catch (RuntimeException e) {
            return Answer.unreadable(); // not passed on: it may quote the answer
        }
    }

    Answer read(String path) {
        return answer(() -> versioned.read(path));
    }

    /** Writes the first version of what is not there. */
    Answer create(String path, Map<String, Object> fields) {
        return answer(() -> versioned.write(path, fields, null, new WriteOptions().checkAndSet(0L)));
    }

    Answer list(String folder) {
        return answer(() -> versioned.list(folder));
    }

    /** Makes the content of all versions up to this one unreadable for ever. */
    Answer destroyVersions(String path, int upTo) {
        int[] versions = IntStream.rangeClosed(1, upTo).toArray();
        return answer(() -> versioned.destroy(path, versions));
    }

    /** Removes the name with all versions. */
    Answer deleteAll(String path) {
        return answer(() -> versioned.delete(path));
    }

    /** What is mounted above this path; may be asked by whoever may do anything below it. */
    Answer mountAbove(String path) {
        return answer(() -> plain.read("sys/internal/ui/mounts/" + path));
    }

    /** The configuration of a KV mount. */
    Answer mountConfiguration(String mount) {
        return answer(() -> plain.read(mount + "/config"));
    }

    /** Whether the token is one, and how long it lives. */
    Answer lookupSelf() {
        return answer(() -> plain.read("auth/token/lookup-self"));
    }

    /** Logins, renewal and revocation, which the driver throws for when they fail. */
    Auth auth() {
        return auth;
    }
}
