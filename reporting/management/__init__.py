"""運営状況報告（管理者用）: the manager's own figures of any period, never handed to the city by itself (6(3)エ, 9(3))."""
