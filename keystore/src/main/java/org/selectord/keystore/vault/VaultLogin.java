package org.selectord.keystore.vault;

/** How we show Vault who we are. */
public sealed interface VaultLogin {
    /** What a person looks at when Vault refuses it. */
    String hint();

    /** What is shown to Vault. */
    VaultSecret secret();

    /** For machines: a role, and a secret that may be replaced at any time. */
    record AppRole(String mount, String roleId, VaultSecret secretId) implements VaultLogin {
        public static final String DEFAULT_MOUNT = "approle";

        @Override
        public String hint() {
            return "the secret_id is wrong, used up or expired, or the role is gone: make a new one (vault write -f auth/"
                    + mount + "/role/<role>/secret-id). " + secretId.howToReplace();
        }

        @Override
        public VaultSecret secret() {
            return secretId;
        }
    }

    /** A token that somebody else gets for us and renews or replaces, such as the sink of a Vault Agent. */
    record Token(VaultSecret token) implements VaultLogin {
        @Override
        public String hint() {
            return "the token has expired or was revoked. " + token.howToReplace();
        }

        @Override
        public VaultSecret secret() {
            return token;
        }
    }

    /** The service account of a pod. */
    record Kubernetes(String mount, String role, VaultSecret jwt) implements VaultLogin {
        public static final String DEFAULT_MOUNT = "kubernetes";
        public static final String DEFAULT_JWT_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token";

        @Override
        public String hint() {
            return "look at the role (vault read auth/" + mount + "/role/" + role
                    + "): does it name the service account and the namespace of this pod?";
        }

        @Override
        public VaultSecret secret() {
            return jwt;
        }
    }
}
