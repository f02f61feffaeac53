package org.selectord.bed;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** Takes one guard out of an installed selectord: its source is compiled anew without it, and what comes of it put into the jar. */
final class GuardOut {
    private static final Path SOURCES = Path.of("src", "main", "java").toAbsolutePath();

    private GuardOut() {}

    /**
     * Of the selectord in this directory.
     *
     * @param type such as {@code org.selectord.rotation.DueTimes}
     * @param guarded a part of its source, there exactly once
     */
    static void of(Path installed, String type, String guarded, String instead) {
        try (Stream<Path> files = Files.list(installed.resolve("lib"))) {
            List<Path> jars = files.toList();
            Path ours = jars.stream()
                    .filter(jar -> String.valueOf(jar.getFileName()).startsWith("selectord-daemon"))
                    .findFirst()
                    .orElseThrow();
            String path = type.replace('.', '/');
            String source = Files.readString(SOURCES.resolve(path + ".java"));
            if (source.split(Pattern.quote(guarded), -1).length != 2) {
                throw new IllegalStateException("not there exactly once in " + type + ": " + guarded);
            }
            Path work = Files.createTempDirectory(installed, "guard");
            Path changed = work.resolve(type.substring(type.lastIndexOf('.') + 1) + ".java");
            Files.writeString(changed, source.replace(guarded, instead));
            compile(jars, work, changed);
            try (FileSystem inside = FileSystems.newFileSystem(ours)) {
                Files.copy(
                        work.resolve(path + ".class"),
                        inside.getPath(path + ".class"),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void compile(List<Path> jars, Path to, Path source) {
        JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "this needs a JDK");
        String classPath = jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
        List<String> arguments =
                List.of("-proc:none", "-nowarn", "-cp", classPath, "-d", to.toString(), source.toString());
        if (compiler.run(null, null, null, arguments.toArray(String[]::new)) != 0) {
            throw new IllegalStateException(source + " does not compile");
        }
    }
}
