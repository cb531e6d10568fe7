"""Who is served: the planner's question, the walks, and the answers that follow from them."""
