package org.selectord.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.admin.RunningAdmin;
import org.selectord.admin.Samples;

/** {@code selectorctl} as a process of its own. */
class SelectorctlProcessTest {
    @TempDir
    Path directory;

    private String output = "";

    private int selectorctl(List<String> jvm, String... args) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Selectorctl.class.getName()));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    @Test
    void statusLoadsNoServerDatabaseSchedulerOrCipher() throws Exception {
        Path log = directory.resolve("classes");
        Path token = directory.resolve("token");
        Files.writeString(token, RunningAdmin.READ);
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        try (RunningAdmin admin = new RunningAdmin(directory)) {
            admin.registry.with(Samples.signing(Samples.EXAMPLE));
            int code = selectorctl(
                    List.of("-Xlog:class+load=info:file=" + log + "::filecount=0"),
                    "status",
                    "--admin",
                    admin.url(),
                    "--token-file",
                    token.toString());
            assertThat(output).contains("example.org");
            assertThat(code).isZero();
        }
        List<String> loaded = Files.readAllLines(log);
        assertThat(loaded).anyMatch(line -> line.contains("org.selectord.cli.StatusCommand"));
        assertThat(loaded)
                .noneMatch(
                        line -> line.matches(
                                ".*\\b(io\\.javalin|org\\.eclipse\\.jetty|kotlin|org\\.quartz|org\\.xbill|org\\.bouncycastle|org\\.sqlite|org\\.jdbi|org\\.flywaydb|com\\.zaxxer|io\\.micrometer|ch\\.qos|org\\.slf4j|com\\.sun\\.jna)\\..*"));
        assertThat(loaded)
                .filteredOn(line -> line.contains(" org.selectord."))
                .allMatch(line -> line.contains(" org.selectord.cli.") || line.contains(" org.selectord.admin.api."));
    }

    @Test
    void checkConfigStartsTheDaemonsOwnProgramAndPassesItsOutputAndExitCodeOn() throws Exception {
        Path bin = Files.createDirectories(directory.resolve("home/bin"));
        Path program = bin.resolve("selectord");
        Files.writeString(program, "#!/bin/sh\necho \"out $1 $2\"\necho err >&2\nexit 7\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        String home = "-Dselectord.home=" + directory + File.separator + "home";
        assertThat(selectorctl(List.of(home), "check-config", "/etc/selectord/selectord.yaml"))
                .isEqualTo(7);
        assertThat(output).contains("out check-config /etc/selectord/selectord.yaml", "err");
    }

    @Test
    void checkConfigWithoutTheProgramSaysWhereItWasLookedFor() throws Exception {
        assertThat(selectorctl(List.of("-Dselectord.home=" + directory), "check-config", "x"))
                .isOne();
        assertThat(output).contains(directory + "/bin/selectord");
    }
}
