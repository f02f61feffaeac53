package org.selectord.dnsupdate.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.dnsupdate.Zone;

/** The same work as a script with {@code nsupdate} and {@code dig} does it: the same prerequisites, the same TSIG key, the same read-back. */
final class Tools {
    private final Path keyFile;

    Tools(Path keyFile) {
        this.keyFile = keyFile;
    }

    /**
     * Publishes in one process.
     *
     * @param standing the fence that gives way to {@code ours} in the first message
     * @param perMessage how many go into one message
     */
    void nsupdate(Zone zone, Optional<Fence> standing, Fence ours, List<TxtRRset> sets, int perMessage) {
        String server = zone.dns().primaries().get(0).getAddress().getHostAddress() + " "
                + zone.dns().primaries().get(0).getPort();
        StringBuilder script = new StringBuilder("server " + server + "\nzone " + zone.apex() + "\n");
        for (int from = 0; from < sets.size(); from += perMessage) {
            script.append(from == 0 ? take(zone, standing, ours) : demand(zone, ours));
            for (TxtRRset set : sets.subList(from, Math.min(sets.size(), from + perMessage))) {
                script.append("prereq nxdomain ").append(set.owner()).append('\n');
                script.append("update add ").append(set.owner()).append(' ').append(set.ttlSeconds());
                script.append(" TXT ").append(quoted(set)).append('\n');
            }
            script.append("send\n");
        }
        run(script.toString(), List.of("nsupdate", "-v", "-k", keyFile.toString()));
    }

    /** Reads all of them from one server over one connection, and fails unless each is there. */
    void dig(Zone zone, int port, List<TxtRRset> sets) {
        StringBuilder batch = new StringBuilder();
        for (TxtRRset set : sets) {
            batch.append("@127.0.0.1 -p ").append(port);
            batch.append(" +tcp +keepopen +norecurse +noall +answer ");
            batch.append(set.owner()).append(" TXT\n");
        }
        String output = digAll(batch.toString());
        long found = output.lines().filter(line -> line.contains("\"v=DKIM1; ")).count();
        if (found != sets.size()) {
            throw new IllegalStateException("dig found " + found + " of " + sets.size() + " in " + zone.apex() + ": "
                    + output.substring(0, Math.min(output.length(), 500)));
        }
    }

    /** Whether a server has this one. */
    boolean has(int port, TxtRRset set) {
        return run(
                        "",
                        List.of(
                                "dig",
                                "@127.0.0.1",
                                "-p",
                                Integer.toString(port),
                                "+tcp",
                                "+norecurse",
                                "+short",
                                set.owner().name(),
                                "TXT"))
                .contains("v=DKIM1");
    }

    private String digAll(String batch) {
        try {
            Path file = Files.createTempFile("selectord-bench", ".dig");
            Files.writeString(file, batch);
            String output = run("", List.of("dig", "-k", keyFile.toString(), "-f", file.toString()));
            Files.delete(file);
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String take(Zone zone, Optional<Fence> standing, Fence ours) {
        return standing.map(last ->
                                demand(zone, last) + "update delete " + zone.fenceOwner() + " TXT \"" + last + "\"\n")
                        .orElse("prereq nxdomain " + zone.fenceOwner() + "\n")
                + "update add " + zone.fenceOwner() + " 0 TXT \"" + ours + "\"\n";
    }

    private static String demand(Zone zone, Fence ours) {
        return "prereq yxrrset " + zone.fenceOwner() + " IN TXT \"" + ours + "\"\n";
    }

    private static String quoted(TxtRRset set) {
        List<String> strings = new ArrayList<>();
        for (TxtRecord record : set.records()) {
            record.strings().forEach(string -> strings.add("\"" + string + "\""));
        }
        return String.join(" ", strings);
    }

    private static String run(String input, List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            String output;
            try (InputStream stream = process.getInputStream()) {
                output = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            }
            if (process.waitFor() != 0) {
                throw new IllegalStateException(command.get(0) + " failed: " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
