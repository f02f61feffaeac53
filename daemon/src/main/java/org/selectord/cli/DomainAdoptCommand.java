package org.selectord.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "adopt",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Takes in a key that a signer uses already: its record is kept as it stands, it goes on signing until a new key"
                    + " is proven, and is then withdrawn after its grace.",
            "Without --key its private half stays where it is, and there is no rollback to it."
        })
final class DomainAdoptCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    @Parameters(index = "0", paramLabel = "DOMAIN", description = "The domain.")
    private String domain = "";

    @Parameters(index = "1", paramLabel = "SELECTOR", description = "The s= of its signatures.")
    private String selector = "";

    @Option(
            names = "--retired",
            paramLabel = "LAST_SIGNATURE",
            description =
                    "It signs no more, and last did at this time, as in 2026-11-21T12:00:00Z: its grace counts from then.")
    private String lastSignature = "";

    @Option(
            names = "--key",
            paramLabel = "FILE",
            description =
                    "Its private half as openssl, opendkim-genkey, rspamadm or dknewkey wrote it (PEM, DER or base64; PKCS#8,"
                            + " PKCS#1 or an Ed25519 seed); it is copied into the keystore.")
    private String key = "";

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description = "A file with the passphrase of --key, and only that, where that is encrypted.")
    private String passphrase = "";

    @Mixin
    private WaitOption waiting = new WaitOption();

    @Spec
    private CommandSpec spec = CommandSpec.create(); // replaced before it is asked

    DomainAdoptCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        return new Ordering(root, console, waiting.patience())
                .place(domain, "adopt", body())
                .end();
    }

    private Map<String, String> body() {
        Map<String, String> body = new LinkedHashMap<>();
        body.put("selector", selector);
        body.put("as", lastSignature.isEmpty() ? "active" : "retired");
        if (!lastSignature.isEmpty()) {
            body.put("last_signature", lastSignature);
        }
        if (!key.isEmpty()) {
            body.put("private_key", text(read("--key", Path.of(key))));
        }
        if (!passphrase.isEmpty()) {
            body.put("passphrase", withoutItsEnd(read("--passphrase-file", Path.of(passphrase))));
        }
        return body;
    }

    private byte[] read(String option, Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), option + ": " + file + " cannot be read: " + e, e);
        }
    }

    /** DER is no text, and goes as its base64. PEM may have a comment in any language. */
    private static String text(byte[] file) {
        String text = new String(file, UTF_8);
        boolean isText = text.indexOf('\uFFFD') < 0 || text.contains("-----BEGIN ");
        return isText ? text : Base64.getEncoder().encodeToString(file);
    }

    private static String withoutItsEnd(byte[] file) {
        return new String(file, UTF_8).replaceFirst("\\r?\\n\\z", "");
    }
}
