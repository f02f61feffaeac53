package org.selectord.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.proof.MilterAddress;
import org.selectord.rotation.SignerId;
import org.selectord.signer.opendkim.OpenDkimSettings;
import org.selectord.signer.opendkim.Trigger;

/** One entry of {@code signers}. */
final class SignerReader {
    private final SignerId id;
    private final Section section;

    private SignerReader(SignerId id, Section section) {
        this.id = id;
        this.section = section;
    }

    /** Empty: something in it was wrong and has been told. */
    static Optional<OpenDkimSettings> read(String name, Section section) {
        Optional<String> type = section.require("type", Shape.text(SignerReader::type));
        return type.isEmpty() ? Optional.empty() : new SignerReader(new SignerId(name), section).settings();
    }

    private static String type(String written) {
        return switch (written) {
            case "opendkim" -> written;
            case "rspamd", "exim", "postfix", "dkimpy", "files" ->
                throw new IllegalArgumentException(written + " is not in this version");
            default -> throw new IllegalArgumentException("\"" + written + "\" is no kind of signer: opendkim");
        };
    }

    private Optional<OpenDkimSettings> settings() {
        Path conf = section.get("conf", Shape.path(), OpenDkimSettings.DEFAULT_CONF);
        Path directory = section.get("directory", Shape.path(), OpenDkimSettings.DEFAULT_DIRECTORY);
        Optional<Trigger> reload = section.require("reload", this::trigger);
        List<Trigger> restart = section.get("restart", this::triggerOrNone, List.of());
        Duration settle = section.get("settle", Durations.atLeast(Duration.ZERO), OpenDkimSettings.DEFAULT_SETTLE);
        Optional<MilterAddress> probe = section.require("probe", Shape.text(MilterAddress::parse));
        section.refuseUnknownKeys();
        return reload.flatMap(how -> probe.flatMap(address -> whole(() ->
                new OpenDkimSettings(id, conf, directory, how, restart.stream().findFirst(), settle, address))));
    }

    /** What the record itself refuses: a directory that cannot be written in OpenDKIM's tables. */
    private Optional<OpenDkimSettings> whole(Supplier<OpenDkimSettings> settings) {
        try {
            return Optional.of(settings.get());
        } catch (IllegalArgumentException e) {
            section.error(section.placeOf("directory"), section.pathOf("directory") + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    /** A command as a list of its words, or a signal to the process that a file names. */
    private Optional<Trigger> trigger(Node node, String key, Problems problems) {
        if (node instanceof Node.Sequence) {
            return Shape.someOf(Shape.text(word -> word))
                    .read(node, key, problems)
                    .map(Trigger.Command::new);
        }
        if (node instanceof Node.Mapping) {
            return signal(Section.of(node, node.place(), key, section.reading()));
        }
        problems.error(
                node.place(),
                key
                        + ": expected a command as a list, [systemctl, reload, opendkim], or {signal: USR1, pid_file: PATH},"
                        + " found " + node.kind());
        return Optional.empty();
    }

    private static Optional<Trigger> signal(Section section) {
        Shape<String> signals = Shape.word(
                Stream.of("HUP", "INT", "TERM", "USR1", "USR2").collect(Collectors.toMap(word -> word, word -> word)));
        Optional<String> signal = section.require("signal", signals);
        Optional<Path> pidFile = section.require("pid_file", Shape.path());
        section.refuseUnknownKeys();
        return signal.flatMap(name -> pidFile.map(file -> new Trigger.Signal(name, file)));
    }

    /** An empty list is no trigger. */
    private Optional<List<Trigger>> triggerOrNone(Node node, String key, Problems problems) {
        boolean none =
                node instanceof Node.Sequence sequence && sequence.items().equals(List.of());
        return none ? Optional.of(List.of()) : trigger(node, key, problems).map(List::of);
    }
}
