"""What the screens say and offer, decided without Streamlit."""
