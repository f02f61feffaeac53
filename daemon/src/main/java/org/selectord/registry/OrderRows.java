package org.selectord.registry;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.selectord.key.KeyId;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.Order;

/** What people asked: open orders and closed ones, kept for ever. */
final class OrderRows {
    private final RecordJson json;

    OrderRows(RecordJson json) {
        this.json = json;
    }

    static long newNumber(Handle handle) {
        return handle.createQuery("UPDATE order_number SET last = last + 1 RETURNING last")
                .mapTo(Long.class)
                .one();
    }

    Optional<Order> find(Handle handle, long number) {
        return handle.createQuery("SELECT number, domain, kind, key_number, detail, asked_by, asked_at,"
                        + " closed_at, result, why FROM rotation_order WHERE number = :number")
                .bind("number", number)
                .map(this::order)
                .findFirst();
    }

    /** Records an order, or its end. An order never changes otherwise: {@link IllegalStateException}. */
    void save(Handle handle, Order order) {
        Optional<Order> known = find(handle, order.number());
        if (known.isEmpty()) {
            insert(handle, order);
        } else if (!known.get().equals(order)) {
            close(handle, known.get(), order);
        }
    }

    private void insert(Handle handle, Order order) {
        handle.createUpdate("INSERT INTO rotation_order (number, domain, kind, key_number, detail, asked_by, asked_at,"
                        + " closed_at, result, why) VALUES (:number, :domain, :kind, :key, :detail, :askedBy, :askedAt,"
                        + " :closedAt, :result, :why)")
                .bind("number", order.number())
                .bind("domain", order.domain().name())
                .bind("kind", order.kind().name())
                .bind("key", order.key().map(KeyId::number))
                .bind("detail", json.writeDetail(order.detail()))
                .bind("askedBy", order.askedBy())
                .bind("askedAt", order.askedAt().toString())
                .bind("closedAt", order.closing().map(closing -> closing.at().toString()))
                .bind("result", order.closing().map(closing -> closing.result().name()))
                .bind("why", order.closing().map(Order.Closing::why))
                .execute();
        order.said(Order.FINGERPRINT).ifPresent(fingerprint -> give(handle, fingerprint));
    }

    static void give(Handle handle, String fingerprint) {
        handle.createUpdate("INSERT INTO given_key (fingerprint) SELECT :key WHERE NOT EXISTS"
                        + " (SELECT 1 FROM given_key WHERE fingerprint = :key)")
                .bind("key", fingerprint)
                .execute();
    }

    private static void close(Handle handle, Order known, Order order) {
        Order.Closing closing = order.closing()
                .filter(ended -> withClosing(known, ended).equals(order) && known.isOpen())
                .orElseThrow(() -> new IllegalStateException(
                        "order " + order.number() + " is recorded as " + known + " and cannot become " + order));
        handle.createUpdate("UPDATE rotation_order SET closed_at = :at, result = :result, why = :why"
                        + " WHERE number = :number")
                .bind("at", closing.at().toString())
                .bind("result", closing.result().name())
                .bind("why", closing.why())
                .bind("number", order.number())
                .execute();
    }

    private static Order withClosing(Order order, Order.Closing closing) {
        return new Order(
                order.number(),
                order.domain(),
                order.kind(),
                order.key(),
                order.detail(),
                order.askedBy(),
                order.askedAt(),
                Optional.of(closing));
    }

    private Order order(ResultSet rs, StatementContext context) throws SQLException {
        SigningDomain domain = new SigningDomain(rs.getString("domain"));
        return new Order(
                rs.getLong("number"),
                domain,
                Order.Kind.valueOf(rs.getString("kind")),
                keyOf(domain, rs),
                json.readDetail(rs.getString("detail")),
                rs.getString("asked_by"),
                Instant.parse(rs.getString("asked_at")),
                closing(rs));
    }

    /** A key of {@code domain}, or none where the column is null. */
    static Optional<KeyId> keyOf(SigningDomain domain, ResultSet rs) throws SQLException {
        int number = rs.getInt("key_number");
        return rs.wasNull() ? Optional.empty() : Optional.of(new KeyId(domain, number));
    }

    private static Optional<Order.Closing> closing(ResultSet rs) throws SQLException {
        String closedAt = rs.getString("closed_at");
        return rs.wasNull()
                ? Optional.empty()
                : Optional.of(new Order.Closing(
                        Instant.parse(closedAt), Order.Result.valueOf(rs.getString("result")), rs.getString("why")));
    }
}
