package org.selectord.admin.api;

import java.util.List;

/** The newest entries, the newest first. */
public record HistoryPage(List<HistoryLine> entries) {}
