"""Who is who: the same human, the same company, the same deal, whichever source tells of them."""
