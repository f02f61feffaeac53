package org.selectord.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.selectord.keystore.vault.VaultSecret;

/**
 * Secrets by reference, {@code ${file:PATH}}, {@code ${credential:NAME}} (systemd's LoadCredential) and {@code ${env:NAME}}, so that none stands
 * in a file that people copy and compare. A line break at the end of a file does not belong to its secret. No problem told here quotes what was written in place of a reference, nor
 * what was found behind one.
 */
final class SecretReferences {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(file|credential|env):([^{}]+)}");
    private static final String CREDENTIALS = "CREDENTIALS_DIRECTORY";
    private static final long LONGEST = 64 * 1024;
    private static final Set<PosixFilePermission> TOO_WIDE = EnumSet.of(
            PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);

    private final Map<String, String> environment;

    SecretReferences(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /** {@code make} may throw {@link IllegalArgumentException}, whose message must not quote the secret. */
    <T> Shape<T> secret(Function<String, T> make) {
        return (node, key, problems) -> {
            Matcher reference = REFERENCE.matcher(node instanceof Node.Scalar scalar ? scalar.text() : "");
            if (!reference.matches()) {
                problems.error(
                        node.place(),
                        key
                                + ": a secret is given by reference, \"${file:PATH}\", \"${credential:NAME}\" or \"${env:NAME}\", never"
                                + " itself");
                return Optional.empty();
            }
            try {
                String name = reference.group(2);
                String secret = switch (reference.group(1)) {
                    case "file" -> fromFile(Shape.beside(node.place(), name));
                    case "credential" -> fromFile(credential(name));
                    default -> fromEnvironment(name);
                };
                return Optional.of(make.apply(secret));
            } catch (IllegalArgumentException e) {
                problems.error(node.place(), key + ": " + e.getMessage());
                return Optional.empty();
            }
        };
    }

    /** The same, looked at now and read again whenever it is needed: what stands in a file may be replaced at any time. */
    Shape<VaultSecret> readAgain() {
        return (node, key, problems) -> secret(text -> text)
                .read(node, key, problems)
                .map(now -> new VaultSecret(((Node.Scalar) node).text(), () -> again(node, now)));
    }

    private static String again(Node node, String now) {
        Matcher reference = REFERENCE.matcher(((Node.Scalar) node).text());
        return reference.matches() && reference.group(1).equals("file")
                ? fromFile(Shape.beside(node.place(), reference.group(2)))
                : now;
    }

    /** A file whose content is a secret, named by its path. */
    Shape<Path> ownFile() {
        return (node, key, problems) -> Shape.path().read(node, key, problems).flatMap(file -> {
            try {
                fromFile(file);
                return Optional.of(file);
            } catch (IllegalArgumentException e) {
                problems.error(node.place(), key + ": " + e.getMessage());
                return Optional.empty();
            }
        });
    }

    /** What Kubernetes puts into each pod, and replaces; it may be readable for all users of the pod. */
    static VaultSecret tokenOfPod(Path file) {
        return new VaultSecret(file.toString(), () -> {
            try {
                return Files.readString(file, StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new IllegalArgumentException(file + " cannot be read: " + e, e);
            }
        });
    }

    private String fromEnvironment(String name) {
        String value = environment.getOrDefault(name, "");
        if (value.isEmpty()) {
            throw new IllegalArgumentException("the environment has no " + name);
        }
        return value;
    }

    /** systemd.exec(5): a directory that only this unit sees. */
    private Path credential(String name) {
        String directory = environment.getOrDefault(CREDENTIALS, "");
        if (directory.isEmpty()) {
            throw new IllegalArgumentException("the environment has no " + CREDENTIALS
                    + ", which systemd sets for a unit with LoadCredential=" + name + ":PATH");
        }
        if (name.contains("/")) {
            throw new IllegalArgumentException("a credential has a name and no path");
        }
        return Path.of(directory, name);
    }

    static String fromFile(Path file) {
        try {
            refuseUnfit(file);
            String secret = Files.readString(file, StandardCharsets.UTF_8).replaceFirst("\\r?\\n\\z", "");
            if (secret.isEmpty()) {
                throw new IllegalArgumentException(file + " is empty");
            }
            return secret;
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("there is no file " + file, e);
        } catch (AccessDeniedException e) {
            throw new IllegalArgumentException("this user may not read " + file, e);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + " holds no UTF-8 text", e);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read: " + e, e);
        }
    }

    private static void refuseUnfit(Path file) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(file + " is no file");
        }
        if (permissions.stream().anyMatch(TOO_WIDE::contains)) {
            throw new IllegalArgumentException(
                    file + " may be read or changed by others (" + PosixFilePermissions.toString(permissions)
                            + "): chmod 0600 " + file + ", and take a new secret if others may have seen this one");
        }
        if (Files.size(file) > LONGEST) {
            throw new IllegalArgumentException(file + " is too large for a secret");
        }
    }
}
