package org.selectord.bed;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.selectord.dnsupdate.bed.Peers;

/** Verifiers of others, as receivers of mail run them, that ask one name server and nobody else. */
public enum Verifier {
    DKIMPY("/usr/bin/python3", "-c", "import dkim, dns.resolver", """
        import dkim, dns.resolver, sys
        host, port, file = sys.argv[1:]
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port, resolver.lifetime = [host], int(port), 5.0
        def txt(name, timeout=5):
            try:
                answer = resolver.resolve(name.decode().rstrip(".") + ".", "TXT", search=False)
            except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
                return None
            return b"".join(answer[0].strings)
        verifies = dkim.verify(open(file, "rb").read(), dnsfunc=txt)
        sys.exit(10 if verifies else 11)
        """),
    MAIL_DKIM("/usr/bin/perl", "-e", "use Mail::DKIM::Verifier; use Net::DNS;", """
        use strict; use Mail::DKIM::DNS; use Mail::DKIM::Verifier; use Net::DNS;
        my ($host, $port, $file) = @ARGV;
        my $resolver = Net::DNS::Resolver->new(nameservers => [$host], port => $port, recurse => 0);
        Mail::DKIM::DNS::resolver($resolver);
        my $verifier = Mail::DKIM::Verifier->new();
        open(my $in, "<:raw", $file) or die "$file: $!";
        while (<$in>) { s/\\r?\\n$//; $verifier->PRINT("$_\\015\\012"); }
        $verifier->CLOSE;
        print $verifier->result_detail, "\\n";
        exit($verifier->result eq "pass" ? 10 : 11);
        """);

    private static final int VERIFIES = 10;
    private static final int DOES_NOT = 11;

    private final String interpreter;
    private final String option;
    private final String needs;
    private final String script;

    Verifier(String interpreter, String option, String needs, String script) {
        this.interpreter = interpreter;
        this.option = option;
        this.needs = needs;
        this.script = script;
    }

    /** Skips the test where one of them is missing. */
    public static void require() {
        for (Verifier verifier : values()) {
            Peers.require(verifier.isThere(), verifier.interpreter + " that can do: " + verifier.needs);
        }
    }

    private boolean isThere() {
        return Files.isExecutable(Path.of(interpreter)) && run(needs).exit() == 0;
    }

    /** Whether it accepts the message; anything but a yes or a no is a failure of the test. */
    public boolean accepts(Path message, InetSocketAddress server) {
        Ended ended = run(
                script, server.getAddress().getHostAddress(), Integer.toString(server.getPort()), message.toString());
        if (ended.exit() != VERIFIES && ended.exit() != DOES_NOT) {
            throw new IllegalStateException(this + " on " + message + " ended with " + ended);
        }
        return ended.exit() == VERIFIES;
    }

    private record Ended(int exit, String output) {}

    private Ended run(String text, String... arguments) {
        List<String> command = new ArrayList<>(List.of(interpreter, option, text));
        command.addAll(List.of(arguments));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            try (InputStream output = process.getInputStream()) {
                String said = new String(output.readAllBytes(), StandardCharsets.UTF_8);
                return new Ended(process.waitFor(), said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
