"""消去・廃棄申請書 and 個人情報消去報告書（兼 消去証明書）: the papers of an erasure (別紙2-13)."""
