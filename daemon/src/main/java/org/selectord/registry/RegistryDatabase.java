package org.selectord.registry;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.selectord.rotation.RegistryUnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The SQLite file behind the registry: brought to our schema when opened, one writer at a time, every failure in words. A transaction is durable when
 * {@link #write} returns (WAL, synchronous=FULL: one fsync a commit) and leaves nothing behind when it throws.
 */
final class RegistryDatabase implements AutoCloseable {
    static final Duration BUSY_TIMEOUT = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(RegistryDatabase.class);
    private static final int CONNECTIONS = 4;
    private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(10);
    private static final int WAL_LEFT_BEHIND = 16 * 1024 * 1024;
    private static final Map<String, String> SQLITE_WORDS =
            Map.of("row_id", "INTEGER PRIMARY KEY", "random_name", "lower(hex(randomblob(8)))");

    private final RegistryFile file;
    /** Never used: the last connection that closes ends the write-ahead log, and on a full disk a new log may not be had. */
    private final Connection anchor;

    private final HikariDataSource pool;
    private final Jdbi jdbi;
    /** SQLite has one writer; waiting here is fair and costs no busy polling. */
    private final ReentrantLock writing = new ReentrantLock(true);

    private RegistryDatabase(RegistryFile file, Connection anchor, HikariDataSource pool) {
        this.file = file;
        this.anchor = anchor;
        this.pool = pool;
        this.jdbi = Jdbi.create(pool);
    }

    static RegistryDatabase open(Path path, Duration busyTimeout) {
        RegistryFile file = RegistryFile.hold(path);
        try {
            DataSource sqlite = sqlite(file.path(), busyTimeout);
            migrate(sqlite, file.path());
            return connected(file, sqlite);
        } catch (RegistryUnavailableException e) {
            file.close();
            throw e;
        } catch (SQLException | RuntimeException e) {
            file.close();
            throw unavailable("open the registry", "", file.path(), e);
        }
    }

    private static RegistryDatabase connected(RegistryFile file, DataSource sqlite) throws SQLException {
        Connection anchor = sqlite.getConnection();
        try {
            return new RegistryDatabase(file, anchor, pool(sqlite));
        } catch (RuntimeException e) {
            anchor.close();
            throw e;
        }
    }

    private static DataSource sqlite(Path path, Duration busyTimeout) {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL); // NORMAL does not survive a power cut
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE); // a lock taken late cannot be waited for
        config.setBusyTimeout((int) busyTimeout.toMillis());
        config.enforceForeignKeys(true);
        config.setTempStore(SQLiteConfig.TempStore.MEMORY); // nothing of the registry in anybody's /tmp
        config.setJournalSizeLimit(WAL_LEFT_BEHIND);
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + path);
        return source;
    }

    private static void migrate(DataSource source, Path path) {
        Flyway flyway = Flyway.configure(RegistryDatabase.class.getClassLoader())
                .dataSource(source)
                .locations("classpath:org/selectord/registry/migration")
                .placeholders(SQLITE_WORDS)
                .ignoreMigrationPatterns(new String[0]) // by default it runs on a file that a newer version has changed
                .load();
        try {
            flyway.migrate();
        } catch (FlywayException e) {
            if (sqlException(e).isPresent()) {
                throw unavailable("bring the registry to the schema of this version", "", path, e);
            }
            throw new RegistryUnavailableException(
                    "the registry " + path + " does not fit this version of selectord: " + firstLine(e)
                            + "; start the version that wrote it last, or a newer one. The file was not changed",
                    e);
        }
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).strip().replaceAll("\\s*\\R\\s*", " ");
    }

    private static HikariDataSource pool(DataSource source) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("registry");
        config.setDataSource(source);
        config.setMaximumPoolSize(CONNECTIONS);
        config.setConnectionTimeout(CONNECTION_TIMEOUT.toMillis());
        config.setMaxLifetime(0);
        return new HikariDataSource(config);
    }

    /** One or more reads, all of one moment. */
    <T> T read(String what, Function<Handle, T> work) {
        try (Handle handle = jdbi.open()) {
            return inTransaction(handle, "BEGIN", work);
        } catch (JdbiException e) {
            throw unavailable(what, "", file.path(), e);
        }
    }

    /** One transaction: durable when this returns; nothing of it is recorded when this throws. */
    <T> T write(String what, Function<Handle, T> work) {
        writing.lock();
        try (Handle handle = jdbi.open()) {
            return inTransaction(handle, "BEGIN IMMEDIATE", work);
        } catch (JdbiException e) {
            throw unavailable(what, "; nothing of it was recorded", file.path(), e);
        } finally {
            writing.unlock();
        }
    }

    /** By hand, for the driver's own commit() begins the next transaction at once, and when that fails it looks as if the commit had. */
    private <T> T inTransaction(Handle handle, String begin, Function<Handle, T> work) {
        try {
            handle.execute(begin);
            T result = work.apply(handle);
            handle.execute("COMMIT");
            return result;
        } catch (RuntimeException e) {
            rollBack(handle);
            throw e;
        }
    }

    private void rollBack(Handle handle) {
        try {
            handle.execute("ROLLBACK");
        } catch (JdbiException e) {
            // SQLite has rolled back by itself (disk full), or cannot: closing the connection does it in any case
            pool.evictConnection(handle.getConnection());
        }
    }

    private static RuntimeException unavailable(String what, String recorded, Path path, Exception e) {
        Optional<SQLException> sql = sqlException(e);
        String cameBack = firstLine(sql.isPresent() ? sql.get() : e);
        int code = sql.map(RegistryDatabase::primaryCode).orElse(0);
        if (code == SQLiteErrorCode.SQLITE_CONSTRAINT.code) {
            return new IllegalStateException("could not " + what + " in " + path + ": " + cameBack + recorded, e);
        }
        return new RegistryUnavailableException(
                "could not " + what + " in " + path + ": " + cameBack + recorded + "; " + advice(code), e);
    }

    private static Optional<SQLException> sqlException(Throwable e) {
        Optional<SQLException> found = Optional.empty();
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && (found.isEmpty() || sql instanceof SQLiteException)) {
                found = Optional.of(sql);
            }
        }
        return found;
    }

    /** The lowest byte; the rest says more about the same thing (sqlite.org/rescode.html). */
    private static int primaryCode(SQLException e) {
        return e instanceof SQLiteException sqlite ? sqlite.getResultCode().code & 0xff : 0;
    }

    private static String advice(int code) {
        return Optional.ofNullable(ADVICE.get(code)).orElse("it is tried again by itself");
    }

    private static final Map<Integer, String> ADVICE = Map.of(
            SQLiteErrorCode.SQLITE_FULL.code,
            "free some space on its file system; it goes on by itself",
            SQLiteErrorCode.SQLITE_BUSY.code,
            "another program (sqlite3, a backup) holds it; it goes on by itself when that ends",
            SQLiteErrorCode.SQLITE_LOCKED.code,
            "another program (sqlite3, a backup) holds it; it goes on by itself when that ends",
            SQLiteErrorCode.SQLITE_READONLY.code,
            "its file system, its directory and its -wal and -shm files must be writable for this user",
            SQLiteErrorCode.SQLITE_CANTOPEN.code,
            "its directory must be there, with free space, and it must belong to this user",
            SQLiteErrorCode.SQLITE_PERM.code,
            "it must belong to this user",
            SQLiteErrorCode.SQLITE_IOERR.code,
            "look at the disk and the kernel's log; free some space if it is full; it is tried again by itself",
            SQLiteErrorCode.SQLITE_CORRUPT.code,
            "stop selectord, keep a copy of the file and bring back a backup",
            SQLiteErrorCode.SQLITE_NOTADB.code,
            "this is no registry: look at the path, or bring back a backup");

    Path path() {
        return file.path();
    }

    @Override
    public void close() {
        pool.close();
        try {
            anchor.close();
        } catch (SQLException e) {
            LOG.warn("the registry {} was not closed well: {}", file.path(), e.toString());
        }
        file.close();
    }
}
