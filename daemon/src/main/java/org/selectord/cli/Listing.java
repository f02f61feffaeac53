package org.selectord.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.selectord.admin.api.DomainList;
import org.selectord.admin.api.DomainStatus;
import org.selectord.admin.api.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** All domains, fetched page by page. */
record Listing(DomainList first, List<DomainStatus> domains, String raw) {
    static Listing fetch(AdminClient client) {
        String raw = client.get("/v1/domains");
        DomainList first = Json.read(raw, DomainList.class);
        List<DomainStatus> domains = new ArrayList<>(first.domains());
        ObjectNode merged = (ObjectNode) Json.tree(raw);
        Optional<String> next = first.next();
        while (next.isPresent()) {
            String more = client.get("/v1/domains?after=" + AdminClient.segment(next.get()));
            DomainList page = Json.read(more, DomainList.class);
            domains.addAll(page.domains());
            JsonNode rows = Json.tree(more).get("domains");
            ((ArrayNode) merged.get("domains")).addAll((ArrayNode) rows);
            next = page.next();
        }
        merged.remove("next");
        return new Listing(first, domains, first.next().isEmpty() ? raw : merged.toString());
    }
}
